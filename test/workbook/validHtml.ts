import { HtmlValidate } from 'html-validate';

const valid = new HtmlValidate({
  extends: ['html-validate:recommended'],
  // Tables and KaTeX place by style; a page of a notebook has its name as title, however long; an id may begin with a digit.
  rules: {
    'no-inline-style': 'off',
    'long-title': 'off',
    'no-trailing-whitespace': 'off',
    'valid-id': ['error', { relaxed: true }],
  },
});

/** What is not valid in a page of the book, a line each. */
export function invalidHtml(html: string): string[] {
  return valid
    .validateStringSync(html)
    .results.flatMap(({ messages }) => messages)
    .map(({ ruleId, message, line }) => `${line} ${ruleId} ${message}`);
}
