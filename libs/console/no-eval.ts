import { config } from 'zod';

// The page's policy forbids making code from text, and reports each attempt. Imported first: zod decides when a schema is made.
config({ jitless: true });
