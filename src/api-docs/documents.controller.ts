import { Controller, Get, Header } from '@nestjs/common';
import { z } from 'zod';
import { OpenToAll } from '../auth/access.js';
import { Operation } from '../operation/operation.js';
import { AsyncApiDocument } from './async-api/async-api-document.js';
import { OpenApiDocument } from './open-api/open-api-document.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const DocumentSchema = z.looseObject({ info: z.looseObject({ title: z.string(), version: z.string() }) });

/** The descriptions of the doors for programs. */
@Controller()
@OpenToAll()
export class DocumentsController {
  constructor(
    private readonly openApi: OpenApiDocument,
    private readonly asyncApi: AsyncApiDocument,
  ) {}

  @Get('openapi.json')
  @Header('Content-Type', JSON_TYPE)
  @Operation('Describes every route, as OpenAPI 3.1.', DocumentSchema)
  openApiJson(): Promise<string> {
    return this.openApi.json();
  }

  @Get('asyncapi.json')
  @Header('Content-Type', JSON_TYPE)
  @Operation('Describes the sockets, as AsyncAPI 3.0.', DocumentSchema)
  asyncApiJson(): string {
    return this.asyncApi.json;
  }
}
