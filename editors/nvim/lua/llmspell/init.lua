-- llmspell for Neovim: the language server, the debugger through nvim-dap, commands.
local M = {}

--- Sets the plugin up. May be called again: the last call counts.
---@param options? llmspell.Options what differs from the defaults, see :help llmspell-options
function M.setup(options)
  if vim.fn.has("nvim-0.10") == 0 then
    vim.notify("llmspell: this needs Neovim 0.10 or later", vim.log.levels.ERROR)
    return
  end
  local config = require("llmspell.config")
  local faults = config.set(options)
  if #faults > 0 then
    -- Nothing is half set up: what was there before stays.
    vim.notify("llmspell: wrong options, nothing is changed\n  " .. table.concat(faults, "\n  "), vim.log.levels.ERROR)
    return
  end
  require("llmspell.lsp").enable()
  require("llmspell.dap").enable()
end

return M
