import { Injectable, RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA, REDIRECT_METADATA, ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { z } from 'zod';
import { ACCESS, TICKET_ALLOWED, type Access } from '../../auth/access.js';
import { OPERATION, type OperationDescription } from '../../operation/operation.js';
import type { HttpMethod, Route } from './route.js';

type Handler = (...args: never[]) => unknown;
type Controller = abstract new (...args: never[]) => unknown;

/** What Nest keeps of `@Body({ schema })`, `@Query({ schema })` and `@Headers(name)`, under `<kind>:<index>`. */
interface ArgumentMetadata {
  readonly data?: unknown;
  readonly schema?: unknown;
}

const METHODS = new Map<RequestMethod, HttpMethod>([
  [RequestMethod.GET, 'get'],
  [RequestMethod.POST, 'post'],
  [RequestMethod.PUT, 'put'],
  [RequestMethod.PATCH, 'patch'],
  [RequestMethod.DELETE, 'delete'],
]);

/** The routes of the running app, read from its controllers. */
@Injectable()
export class Routes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  all(): Route[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => (isController(metatype) ? this.ofController(metatype) : []));
  }

  private ofController(controller: Controller): Route[] {
    const prototype = controller.prototype as Record<string, Handler>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method = handler === undefined ? undefined : METHODS.get(this.reflector.get<RequestMethod>(METHOD_METADATA, handler));
      return handler === undefined || method === undefined ? [] : this.ofHandler(controller, handler, name, method);
    });
  }

  private ofHandler(controller: Controller, handler: Handler, name: string, method: HttpMethod): Route[] {
    const declared = [handler, controller];
    const given = Object.entries((Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, ArgumentMetadata>);
    const of = (kind: RouteParamtypes) => given.filter(([key]) => key.startsWith(`${kind}:`)).map(([, argument]) => argument);
    const operation = this.reflector.get<OperationDescription | undefined>(OPERATION, handler) ?? null;
    const redirect = this.reflector.get<{ statusCode: number } | undefined>(REDIRECT_METADATA, handler);
    const usual = this.reflector.get<number | undefined>(HTTP_CODE_METADATA, handler) ?? (method === 'post' ? 201 : 200);
    const paths = pathsOf(this.reflector.get(PATH_METADATA, controller), this.reflector.get(PATH_METADATA, handler));
    return paths.map((pattern) => ({
      method,
      path: pattern.replaceAll(/:(\w+)/g, '{$1}'),
      operationId: operationId(controller.name, name, paths.length > 1 ? pattern : ''),
      parameters: [...pattern.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter),
      access: this.reflector.getAllAndOverride<Access | undefined>(ACCESS, declared) ?? null,
      ticketAllowed: this.reflector.getAllAndOverride<boolean | undefined>(TICKET_ALLOWED, declared) ?? false,
      body: schemaOf(of(RouteParamtypes.BODY)),
      query: schemaOf(of(RouteParamtypes.QUERY)),
      headers: of(RouteParamtypes.HEADERS).flatMap(({ data }) => (typeof data === 'string' ? [data] : [])),
      status: operation?.status ?? redirect?.statusCode ?? usual,
      operation,
    }));
  }
}

function isController(metatype: unknown): metatype is Controller {
  return typeof metatype === 'function';
}

function schemaOf(given: readonly ArgumentMetadata[]): z.ZodType | null {
  const schema = given.find((argument) => argument.schema !== undefined)?.schema;
  return schema instanceof z.ZodType ? schema : null;
}

function pathsOf(prefixes: string | string[], paths: string | string[]): string[] {
  return [prefixes].flat().flatMap((prefix) =>
    [paths].flat().map((path) => `/${[prefix, path].map((part) => part.replaceAll(/^\/|\/$/g, '')).filter((part) => part !== '').join('/')}`),
  );
}

/** `SessionsController.list` → `sessionsList`; where a handler has several paths, the path is added. */
function operationId(controller: string, handler: string, pattern: string): string {
  const words = [controller.replace(/Controller$/, ''), handler, ...pattern.split(/\W+/)].filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return name.charAt(0).toLowerCase() + name.slice(1);
}
