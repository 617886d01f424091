package lsp

func (c *completer) inComment(token int) {}
