-- The command exists from the start; what it does is loaded when it is used.
if vim.g.loaded_llmspell then
  return
end
vim.g.loaded_llmspell = true

vim.api.nvim_create_user_command("Llmspell", function(call)
  require("llmspell.commands").execute(call.fargs, call.mods)
end, {
  nargs = "*",
  desc = "Run, debug and check Lua scripts, call tools, look after kernels",
  complete = function(lead, line, position)
    return require("llmspell.commands").complete(lead, line, position)
  end,
})
