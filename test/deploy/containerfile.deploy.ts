import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { fileOf } from './manifests.js';

const CONTAINERFILE = fileOf('deploy/Containerfile');

describe('the container file', () => {
  it('has no finding of dockerfile-utils', () => {
    expect(validate(CONTAINERFILE).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it('would be found out', () => {
    expect(validate(`${CONTAINERFILE}\nRUNN true\n`)).not.toEqual([]);
  });

  it('runs as a numbered user that is not root', () => {
    const users = DockerfileParser.parse(CONTAINERFILE).getInstructions().filter((one) => one.getKeyword() === 'USER');
    expect(users.map((one) => one.getArgumentsContent())).toEqual(['1000:1000']);
  });

  it('uses the Node that the tests use', () => {
    const images = DockerfileParser.parse(CONTAINERFILE).getFROMs().map((one) => one.getImage());
    expect(new Set(images)).toEqual(new Set([`node:${process.versions.node}-bookworm-slim`]));
  });
});
