import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DocumentsController } from './documents.controller.js';
import { OpenApiDocument } from './open-api/open-api-document.js';
import { Routes } from './open-api/routes.js';

/** The doors described, for people and programs: made from the schemas that validate, when somebody asks first. */
@Module({
  imports: [DiscoveryModule],
  controllers: [DocumentsController],
  providers: [OpenApiDocument, Routes],
})
export class ApiDocsModule {}
