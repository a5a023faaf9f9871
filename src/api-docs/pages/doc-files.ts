import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { errorsPage } from './errors-page.js';
import { toServedFile, type ServedFile } from './served-file.js';
import { STYLES } from './styles.js';
import { SWAGGER_PAGE, SWAGGER_START } from './swagger-page.js';

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** Where each file comes from; no other name can be asked for. */
const SOURCES: Readonly<Record<string, { readonly contentType: string; read(): Promise<Buffer> | Buffer }>> = {
  'index.html': { contentType: HTML, read: () => Buffer.from(SWAGGER_PAGE) },
  'errors.html': { contentType: HTML, read: () => Buffer.from(errorsPage()) },
  'docs.css': { contentType: CSS, read: () => Buffer.from(STYLES) },
  'start.js': { contentType: JAVASCRIPT, read: () => Buffer.from(SWAGGER_START) },
  'swagger-ui.css': { contentType: CSS, read: () => packaged('swagger-ui.css') },
  'swagger-ui-bundle.js': { contentType: JAVASCRIPT, read: () => packaged('swagger-ui-bundle.js') },
};

/** The files of the pages about the API, each read and compressed when it is asked for first. */
@Injectable()
export class DocFiles {
  readonly #files = new Map<string, Promise<ServedFile>>();

  /** Null when there is no file of this name. */
  find(name: string): Promise<ServedFile> | null {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
    if (source === undefined) return null;
    const file = Promise.resolve(source.read()).then((body) => toServedFile(body, source.contentType));
    this.#files.set(name, file);
    file.catch(() => this.#files.delete(name));
    return file;
  }
}

function packaged(name: string): Promise<Buffer> {
  return readFile(new URL(name, import.meta.resolve('swagger-ui-dist/package.json')));
}
