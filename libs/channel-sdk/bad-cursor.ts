import { invalid } from './field-errors.js';

/** What the reader of a list is told of a cursor that this list did not make. */
export const BAD_CURSOR = invalid([{ path: ['cursor'], message: 'was not made by this list' }]);
