import { z } from 'zod';

export const TextPartSchema = z.strictObject({ type: z.literal('text'), text: z.string() });

const fileFields = { type: z.literal('file'), mediaType: z.string().min(1).max(255), name: z.string().min(1).max(255).optional() };
const FileByUrlSchema = z.strictObject({ ...fileFields, url: z.url({ protocol: /^https?$/ }).max(8192) });
const FileByDataSchema = z.strictObject({ ...fileFields, data: z.base64().min(1) });
export const FilePartSchema = z.union([FileByUrlSchema, FileByDataSchema]);

export const ContentPartSchema = z.union([TextPartSchema, FileByUrlSchema, FileByDataSchema]);
export type ContentPart = z.infer<typeof ContentPartSchema>;

/** What a message says: a non-empty string, or 1 to 32 parts of text and files. */
export const ContentSchema = z.union([z.string().min(1), z.array(ContentPartSchema).min(1).max(32)], { error: 'must be a non-empty string, or 1 to 32 parts of text or files' });
export type Content = z.infer<typeof ContentSchema>;

/** The text of a content: its text parts joined by line feeds; files say their name or media type. */
export function contentText(content: Content): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : `[${part.name ?? part.mediaType}]`)).join('\n');
}
