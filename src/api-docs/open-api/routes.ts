import { Injectable, type INestApplication } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { z } from 'zod';
import { ACCESS, TICKET_ALLOWED, type Access } from '../../auth/access.js';
import { OPERATION, type OperationDescription } from '../../operation/operation.js';
import { MAY_BE_ABSENT, type JsonSchema } from './json-schema.js';
import { HTTP_METHODS, type ExploredOperation, type HttpMethod, type Route } from './route.js';
import { SchemaSet } from './schema-set.js';

type Controller = abstract new (...args: never[]) => unknown;
type Handler = (...args: never[]) => unknown;

/** The routes of a running app: found by the explorer of @nestjs/swagger, with what our own decorators say of them. */
@Injectable()
export class Routes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /** The schemas of parameters and bodies go to `schemas`. Loads @nestjs/swagger, which takes longer than a start may pay. */
  async of(app: INestApplication, schemas = new SchemaSet()): Promise<Route[]> {
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').build(), {
      autoTagControllers: false,
      operationIdFactory: (controller, handler) => `${controller}.${handler}`,
      standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? { schema: written(schema, schemas) } : undefined),
    });
    const controllers = this.controllers();
    return Object.entries(paths).flatMap(([path, item]) =>
      HTTP_METHODS.flatMap((method) => {
        const explored = item[method];
        return explored === undefined ? [] : [this.described(controllers, method, path, explored)];
      }),
    );
  }

  private controllers(): Map<string, Controller> {
    const found = this.discovery.getControllers().flatMap(({ metatype }) => (isController(metatype) ? [metatype] : []));
    return new Map(found.map((controller) => [controller.name, controller]));
  }

  private described(controllers: ReadonlyMap<string, Controller>, method: HttpMethod, path: string, explored: ExploredOperation): Route {
    const { name, handler, alias } = namesIn(explored.operationId);
    const controller = controllers.get(name);
    if (controller === undefined) throw new Error(`no controller ${name} serves ${method} ${path}`);
    const served = (controller.prototype as Record<string, Handler>)[handler];
    if (served === undefined) throw new Error(`${name} has no ${handler}`);
    return {
      method,
      path,
      operationId: operationId(name, handler, alias ? path : ''),
      explored,
      access: this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [served, controller]) ?? null,
      ticketAllowed: this.reflector.getAllAndOverride<boolean | undefined>(TICKET_ALLOWED, [served, controller]) ?? false,
      operation: this.reflector.get<OperationDescription | undefined>(OPERATION, served) ?? null,
    };
  }
}

/** The explorer calls every body required; whether it is, only the schema knows. */
function written(schema: z.ZodType, schemas: SchemaSet): JsonSchema {
  return { ...schemas.write(schema), ...(schema.safeParse(undefined).success ? { [MAY_BE_ABSENT]: true } : {}) };
}

function isController(metatype: unknown): metatype is Controller {
  return typeof metatype === 'function';
}

/** `PagesController.page[1]` is the second path of `page`. */
function namesIn(id = ''): { name: string; handler: string; alias: boolean } {
  const [name = '', handler = ''] = id.replace(/\[\d+\]$/, '').split('.');
  return { name, handler, alias: id.endsWith(']') };
}

/** `SessionsController.list` → `sessionsList`; where a handler has several paths, the path is added. */
function operationId(controller: string, handler: string, path: string): string {
  const words = [controller.replace(/Controller$/, ''), handler, ...path.split(/\W+/)].filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return name.charAt(0).toLowerCase() + name.slice(1);
}
