/** The LIKE pattern for text that stands anywhere; `!` is its escape character. */
export function likePattern(text: string): string {
  return `%${text.replace(/[!%_]/g, '!$&')}%`;
}
