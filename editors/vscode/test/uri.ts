/** As much of the editor's Uri as the tests need. */
export class URI {
  private constructor(
    readonly scheme: string,
    readonly authority: string,
    readonly path: string,
    readonly query: string,
    readonly fragment: string,
  ) {}

  static file(path: string): URI {
    return new URI('file', '', path, '', '');
  }

  static parse(text: string): URI {
    const match = /^([a-z][\w+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text);
    if (!match) {
      throw new Error(`no URI: ${text}`);
    }
    const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = match.map((part) => decodeURIComponent(part ?? ''));
    return new URI(scheme, authority, path, query, fragment);
  }

  static from(parts: { scheme: string; authority?: string; path?: string; query?: string; fragment?: string }): URI {
    return new URI(parts.scheme, parts.authority ?? '', parts.path ?? '', parts.query ?? '', parts.fragment ?? '');
  }

  static joinPath(base: URI, ...names: string[]): URI {
    return base.with({ path: [base.path.replace(/\/$/, ''), ...names].join('/') });
  }

  with(parts: { scheme?: string; path?: string; query?: string; fragment?: string }): URI {
    return new URI(parts.scheme ?? this.scheme, this.authority, parts.path ?? this.path, parts.query ?? this.query, parts.fragment ?? this.fragment);
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    const rest = encodeURI(this.path) + (this.query && `?${encodeURIComponent(this.query)}`) + (this.fragment && `#${this.fragment}`);
    return this.authority || this.scheme === 'file' ? `${this.scheme}://${this.authority}${rest}` : `${this.scheme}:${rest}`;
  }
}
