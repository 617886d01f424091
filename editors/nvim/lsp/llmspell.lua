-- Neovim 0.11 and later look here for the language server's configuration. It can be
-- enabled without setup(), by vim.lsp.enable("llmspell").
return require("llmspell.lsp").config()
