// What a compiler does not see and a reviewer should not have to look for.
import tseslint from 'typescript-eslint';

const environmentMessage = 'Only src/config reads the environment.';
const noEnvironment = [
  { selector: "MemberExpression[object.name='process'][property.name='env']", message: environmentMessage },
  { selector: "VariableDeclarator[init.name='process'] > ObjectPattern > Property[key.name='env']", message: environmentMessage },
  { selector: "ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name='env']", message: environmentMessage },
];
const noStarExport = { selector: 'ExportAllDeclaration', message: 'Export by name.' };
const noForwardRef = { selector: "CallExpression[callee.name='forwardRef']", message: 'Nobody imports its importer, so forwardRef is never needed.' };
const noDoubleAssertion = {
  selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
  message: 'as unknown as silences the compiler.',
};
const everywhere = [noStarExport, noForwardRef, noDoubleAssertion];

const clockAndChance = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Libs have no clock: take the time as a value.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Libs have no clock: take the time as a value.' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Libs have no randomness: take it as a value.' },
  { selector: "MemberExpression[object.name='performance'][property.name='now']", message: 'Libs have no clock: take the time as a value.' },
  { selector: "Identifier[name='crypto']", message: 'Libs have no randomness: take it as a value.' },
];

export default tseslint.config(
  { ignores: ['dist/**', 'dist.*/**', 'node_modules/**', 'coverage/**', 'data/**', 'test-results/**', '.ci-results/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: { allowDefaultProject: ['libs/console/vite.config.ts'] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      // Injected classes are imported as values for the decorators' metadata, so imports are not forced to be types.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['**/*.{ts,tsx,mjs,js}'],
    rules: {
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-syntax': ['error', ...everywhere],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/**', 'libs/**'], rules: { 'no-restricted-syntax': ['error', ...everywhere, ...noEnvironment] } },
  { files: ['src/config/**', 'src/cli/**'], rules: { 'no-restricted-syntax': ['error', ...everywhere] } },
  {
    files: ['libs/{contracts,ports,channel-sdk,policy}/**'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...noEnvironment, ...clockAndChance] },
  },
  { files: ['scripts/**', 'examples/**', 'test/**'], rules: { 'no-console': 'off' } },
);
