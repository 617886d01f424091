-- Windows for what programs print.
local M = {}

local function is_json(text)
  return text:find("^%s*[%[{]") ~= nil and pcall(vim.json.decode, text)
end

--- show opens a window with a text; one that is JSON is highlighted as such.
---@param title string
---@param text string
---@return integer buffer
function M.show(title, text)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = "wipe"
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split((text:gsub("\r\n", "\n"):gsub("\n$", "")), "\n"))
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = is_json(text) and "json" or "text"
  vim.cmd(("botright %dsplit"):format(require("llmspell.config").get().run.height))
  vim.api.nvim_win_set_buf(0, buffer)
  vim.api.nvim_set_option_value("winbar", (title:gsub("%%", "%%%%")), { scope = "local", win = 0 })
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer, desc = "Close" })
  return buffer
end

--- terminal runs a command in a terminal window.
---@param command string[]
---@return integer job
function M.terminal(command)
  vim.cmd(("botright %dnew"):format(require("llmspell.config").get().run.height))
  vim.bo.bufhidden = "wipe"
  local job
  if vim.fn.has("nvim-0.11") == 1 then
    job = vim.fn.jobstart(command, { term = true })
  else
    job = vim.fn.termopen(command)
  end
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = 0, desc = "Close" })
  return job
end

--- run runs a command in the background, and calls back with what it printed.
---@param command string[]
---@param done fun(result: { code: integer, stdout: string, stderr: string })
function M.run(command, done)
  local ok, why = pcall(vim.system, command, { text = true }, vim.schedule_wrap(done))
  if not ok then
    vim.notify(("llmspell: %s cannot be started: %s"):format(command[1], why), vim.log.levels.ERROR)
  end
end

return M
