import { Module } from '@nestjs/common';
import { BuiltPages } from './built-pages.js';
import { PagesController } from './pages.controller.js';

/** The page for people, served from what libs/console was built to. */
@Module({ controllers: [PagesController], providers: [BuiltPages] })
export class PagesModule {}
