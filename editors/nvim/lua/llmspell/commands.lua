-- The command :Llmspell.
local config = require("llmspell.config")
local output = require("llmspell.output")

local M = {}

local function program()
  return config.program(config.root(0))
end

-- current is the file of the buffer, written; nil, and a message, if there is none.
local function current()
  local name = vim.api.nvim_buf_get_name(0)
  if name == "" or vim.bo.buftype ~= "" then
    vim.notify("llmspell: this buffer has no file: write it first", vim.log.levels.ERROR)
    return nil
  end
  if vim.bo.modified then
    local ok, why = pcall(vim.cmd.update)
    if not ok then
      vim.notify("llmspell: the buffer cannot be written: " .. tostring(why), vim.log.levels.ERROR)
      return nil
    end
  end
  return name
end

--- run runs a script in a terminal.
---@param script string
---@param args string[] the script's
---@return integer? job
function M.run(script, args)
  local path = program()
  if not path then
    return nil
  end
  local command = vim.list_extend({ path, "run" }, config.get().run.args)
  command[#command + 1] = script
  if #args > 0 then
    command[#command + 1] = "--"
    vim.list_extend(command, args)
  end
  return output.terminal(command)
end

local severities = { error = "E", warning = "W", information = "I", hint = "N" }

-- check puts the findings into the quickfix list.
local function check(paths)
  local path = program()
  if not path then
    return
  end
  if #paths == 0 then
    paths = { current() }
    if #paths == 0 then
      return
    end
  end
  local command = { path, "check", "--format", "json", "--" }
  for _, name in ipairs(paths) do
    command[#command + 1] = name == "%" and vim.api.nvim_buf_get_name(0) or vim.fs.normalize(name)
  end
  local folder = vim.fn.getcwd()
  output.run(command, function(result)
    local ok, report = pcall(vim.json.decode, result.stdout)
    if not ok or type(report) ~= "table" or not report.findings then
      vim.notify("llmspell: check failed: " .. vim.trim(result.stderr), vim.log.levels.ERROR)
      return
    end
    local items = vim.tbl_map(function(found)
      local absolute = found.path:find("^/") or found.path:find("^%a:")
      return {
        filename = absolute and found.path or vim.fs.joinpath(folder, found.path),
        lnum = found.line,
        col = found.column,
        end_lnum = found.end_line,
        end_col = found.end_column,
        type = severities[found.severity],
        text = ("%s [%s]"):format(found.message, found.code),
      }
    end, report.findings)
    vim.fn.setqflist({}, " ", { title = "llmspell check", items = items })
    if #items == 0 then
      vim.cmd.cclose()
      vim.notify("llmspell: nothing found")
    else
      vim.cmd("botright copen")
    end
  end)
end

-- tool shows what `llmspell tool` prints.
local function tool(args)
  local path = program()
  if not path then
    return
  end
  local all = vim.list_extend({ path, "tool" }, args)
  output.run(all, function(result)
    local title = "llmspell tool " .. table.concat(args, " ")
    if result.code ~= 0 then
      title = ("%s: exit code %d"):format(title, result.code)
    end
    output.show(title, result.stdout ~= "" and result.stdout or result.stderr)
  end)
end

local function open_log(path, what)
  if not path or vim.fn.filereadable(path) == 0 then
    vim.notify(("llmspell: %s has no log yet"):format(what), vim.log.levels.WARN)
    return
  end
  vim.cmd.tabedit(vim.fn.fnameescape(path))
  vim.bo.autoread = true
  vim.cmd("normal! G")
end

-- dap_log is nvim-dap's log: it is in the folder for logs, that of older ones in the cache. Of both, the one
-- written last is that of the nvim-dap that is there now.
local function dap_log()
  local found, newest
  for _, kind in ipairs({ "log", "cache" }) do
    local path = vim.fs.joinpath(vim.fn.stdpath(kind), "dap.log")
    local time = vim.fn.getftime(path) -- -1: there is none
    if time >= 0 and (not newest or time > newest) then
      found, newest = path, time
    end
  end
  return found
end

local logs = {
  lsp = function()
    open_log(vim.lsp.log.get_filename(), "the language client")
  end,
  dap = function()
    open_log(dap_log(), "nvim-dap")
  end,
  kernel = function(id)
    local kernels, why = require("llmspell.kernels").list()
    if not kernels then
      vim.notify("llmspell: the kernels cannot be listed: " .. why, vim.log.levels.ERROR)
      return
    end
    for _, kernel in ipairs(kernels) do
      if not id or kernel.id == id then
        return open_log(kernel.log_file, "the kernel " .. kernel.id)
      end
    end
    vim.notify(id and ("llmspell: no kernel %s runs"):format(id) or "llmspell: no kernel runs", vim.log.levels.WARN)
  end,
}

local actions = {
  run = function(args)
    local script = current()
    if script then
      M.run(script, args)
    end
  end,
  debug = function(args)
    local script = current()
    if script then
      require("llmspell.dap").debug({ program = script, args = #args > 0 and args or nil })
    end
  end,
  attach = function(args)
    require("llmspell.dap").attach(args[1])
  end,
  check = check,
  tool = function(args)
    tool(#args > 0 and args or { "list" })
  end,
  kernel = function(args)
    local path = program()
    if path then
      output.terminal(vim.list_extend({ path, "kernel" }, #args > 0 and args or { "status" }))
    end
  end,
  log = function(args)
    local which = args[1] or "lsp"
    if not logs[which] then
      vim.notify(("llmspell: there is no log %q: lsp, dap or kernel"):format(which), vim.log.levels.ERROR)
      return
    end
    logs[which](args[2])
  end,
}

local function names(of)
  local list = vim.tbl_keys(of)
  table.sort(list)
  return list
end

--- execute does what the command's words say.
---@param words string[]
function M.execute(words)
  local action = actions[words[1]]
  if not action then
    local all = names(actions)
    local like = words[1] and config.nearest(words[1], all)
    local what = words[1] and ("there is no :Llmspell %s%s"):format(words[1], like and (", did you mean %s?"):format(like) or "") or ":Llmspell needs a word"
    vim.notify(("llmspell: %s (%s)"):format(what, table.concat(all, ", ")), vim.log.levels.ERROR)
    return
  end
  action(vim.list_slice(words, 2))
end

local function beginning(list, lead)
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, list)
end

-- Bits of the number that ends the program's own completion.
local no_files, extensions = 4, 8

-- Milliseconds that somebody who completes waits.
local patience = 5000

-- asked is what the program itself offers, as it does to a shell.
local function asked(words, lead)
  local path = config.find(config.root(0))
  if not path then
    return {}
  end
  local command = vim.list_extend({ path, "__complete" }, words)
  command[#command + 1] = lead
  local ok, result = pcall(function()
    return vim.system(command, { text = true, timeout = patience }):wait()
  end)
  if not ok or result.code ~= 0 then
    return {}
  end
  local out, bits = {}, 0
  for line in vim.gsplit(vim.trim(result.stdout), "\n") do
    if line:find("^:%d+$") then
      bits = tonumber(line:sub(2))
    else
      out[#out + 1] = line:match("^[^\t]*")
    end
  end
  if bit.band(bits, extensions) ~= 0 then
    return vim.tbl_filter(function(file)
      return file:sub(-1) == "/" or vim.tbl_contains(out, vim.fn.fnamemodify(file, ":e"))
    end, vim.fn.getcompletion(lead, "file"))
  elseif #out == 0 and bit.band(bits, no_files) == 0 then
    return vim.fn.getcompletion(lead, "file")
  end
  return beginning(out, lead)
end

-- attachable completes what a debugger attaches to: kernels that run and their sessions, or the path of a socket.
local function attachable(lead)
  if lead:find("^[/.]") then
    return vim.fn.getcompletion(lead, "file")
  end
  local kernels = require("llmspell.kernels")
  return beginning(kernels.names(kernels.list(patience) or {}), lead)
end

--- complete completes the command line.
---@param lead string the word at the cursor
---@param line string
---@param position integer the cursor in line, bytes
---@return string[]
function M.complete(lead, line, position)
  local words = vim.split(vim.trim(line:sub(1, position - #lead)), "%s+")
  -- Modifiers and a range may come first.
  while #words > 0 and not words[1]:find("Llm") do
    table.remove(words, 1)
  end
  table.remove(words, 1)
  local first = words[1]
  if not first then
    return beginning(names(actions), lead)
  elseif first == "tool" or first == "kernel" then
    return asked(words, lead)
  elseif first == "log" and #words == 1 then
    return beginning(names(logs), lead)
  elseif first == "attach" and #words == 1 then
    return attachable(lead)
  elseif first == "log" or first == "attach" then
    return {}
  end
  return vim.fn.getcompletion(lead, "file")
end

return M
