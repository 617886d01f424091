import { randomBytes } from 'node:crypto';

/** A text that HTML shows as it is, also in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A word that nobody can guess, for the scripts and styles of one page. */
export function nonce(): string {
  return randomBytes(24).toString('base64url');
}

/** A page of a webview, in which only what bears the nonce runs, and nothing is loaded but pictures that the page holds. */
export function page(title: string, word: string, style: string, body: string, script: string): string {
  const policy = `default-src 'none'; img-src data:; style-src 'nonce-${word}'; script-src 'nonce-${word}'; form-action 'none'; base-uri 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style nonce="${word}">${style}</style>
</head>
<body>
${body}
<script nonce="${word}">${script}</script>
</body>
</html>`;
}
