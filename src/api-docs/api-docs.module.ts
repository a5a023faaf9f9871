import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AsyncApiDocument } from './async-api/async-api-document.js';
import { DocumentsController } from './documents.controller.js';
import { OpenApiDocument } from './open-api/open-api-document.js';
import { Routes } from './open-api/routes.js';
import { DocFiles } from './pages/doc-files.js';
import { DocsController } from './pages/docs.controller.js';

/** The doors described, for people and programs: made from the schemas that validate, when somebody asks first. */
@Module({
  imports: [DiscoveryModule],
  controllers: [DocumentsController, DocsController],
  providers: [AsyncApiDocument, DocFiles, OpenApiDocument, Routes],
})
export class ApiDocsModule {}
