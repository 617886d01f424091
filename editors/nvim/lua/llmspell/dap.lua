-- What nvim-dap is told: the adapter and the configurations. nvim-dap itself is loaded when
-- a Lua file is opened, and missed only when somebody wants to debug.
local config = require("llmspell.config")

local M = {}

-- file is the file of the current buffer, saved; an error says why it cannot be debugged.
local function file()
  local name = vim.api.nvim_buf_get_name(0)
  if name == "" or vim.bo.buftype ~= "" then
    return nil, "this buffer has no file: write it first"
  end
  if vim.bo.modified and config.get().dap.save then
    local ok, why = pcall(vim.cmd.update)
    if not ok then
      return nil, "the buffer cannot be written: " .. tostring(why)
    end
  end
  return name
end

local function program()
  local name, why = file()
  if not name then
    vim.notify("llmspell: " .. why, vim.log.levels.ERROR)
    return require("dap").ABORT
  end
  return name
end

--- split makes arguments of a line: words, where quotes keep spaces, and a backslash the next character.
---@param line string
---@return string[]? words
---@return string? why nil if a quote has no end
function M.split(line)
  local out, word, quote, i = {}, nil, nil, 1
  while i <= #line do
    local c = line:sub(i, i)
    if c == "\\" and quote ~= "'" and i < #line then
      i = i + 1
      word = (word or "") .. line:sub(i, i)
    elseif quote then
      if c == quote then
        quote = nil
      else
        word = word .. c
      end
    elseif c == '"' or c == "'" then
      quote, word = c, word or ""
    elseif c:find("%s") then
      if word then
        out[#out + 1], word = word, nil
      end
    else
      word = (word or "") .. c
    end
    i = i + 1
  end
  if quote then
    return nil, "the quote " .. quote .. " has no end"
  end
  if word then
    out[#out + 1] = word
  end
  return out
end

-- waiting calls something that answers later, from nvim-dap's coroutine.
local function waiting(ask)
  local running = assert(coroutine.running())
  local answered, answer
  ask(function(value)
    if answered == false then
      vim.schedule(function()
        coroutine.resume(running, value)
      end)
    end
    answered, answer = true, value
  end)
  if answered then
    return answer
  end
  answered = false
  return coroutine.yield()
end

local function ask_arguments()
  local line = waiting(function(done)
    vim.ui.input({ prompt = "Arguments: ", completion = "file" }, done)
  end)
  if not line then
    return require("dap").ABORT
  end
  local words, why = M.split(line)
  if not words then
    vim.notify("llmspell: " .. why, vim.log.levels.ERROR)
    return require("dap").ABORT
  end
  return words
end

local function launch(name, more)
  return vim.tbl_extend("force", {
    type = "llmspell",
    request = "launch",
    name = name,
    program = program,
    cwd = "${workspaceFolder}",
  }, config.get().dap.launch, more or {})
end

--- configurations are those of Lua files.
---@return table[]
function M.configurations()
  local attach = { type = "llmspell", request = "attach", name = "llmspell: attach to a kernel" }
  return {
    launch("llmspell: this file"),
    launch("llmspell: this file with arguments", { args = ask_arguments }),
    -- One question answers two keys: nvim-dap calls the table when it is chosen.
    setmetatable(attach, {
      __call = function(plain)
        local choice = waiting(require("llmspell.kernels").pick)
        if not choice then
          return { type = "llmspell", request = "attach", name = plain.name, kernel = require("dap").ABORT }
        end
        return { type = "llmspell", request = "attach", name = plain.name, kernel = choice.kernel, session = choice.session }
      end,
    }),
  }
end

--- adapter is nvim-dap's adapter for a configuration. Its port, host and socket name a debug
--- server that runs; otherwise a process is started, and attaching to kernels is its work.
---@param done fun(adapter: table)
---@param wanted table the configuration
function M.adapter(done, wanted)
  if wanted.request == "attach" and wanted.port then
    return done({ type = "server", host = wanted.host or "127.0.0.1", port = wanted.port })
  elseif wanted.request == "attach" and wanted.socket then
    return done({ type = "pipe", pipe = vim.fn.expand(wanted.socket) })
  end
  local command = config.program(config.root(0))
  if not command then
    return
  end
  local options = config.get().dap
  if options.adapter == "server" then
    local args = vim.list_extend({ "dap", "--listen", "127.0.0.1:${port}" }, options.args)
    return done({ type = "server", port = "${port}", executable = { command = command, args = args }, options = { max_retries = 100 } })
  end
  done({ type = "executable", command = command, args = vim.list_extend({ "dap" }, options.args) })
end

local ours = setmetatable({}, { __mode = "k" }) -- the configurations that are the plugin's

--- register tells nvim-dap of llmspell, if it is there. What the user has registered stays.
---@return table? dap
function M.register()
  local ok, dap = pcall(require, "dap")
  if not ok then
    return nil
  end
  dap.adapters.llmspell = M.adapter
  local kept = vim.tbl_filter(function(entry)
    return not ours[entry]
  end, dap.configurations.lua or {})
  for _, entry in ipairs(M.configurations()) do
    ours[entry] = true
    kept[#kept + 1] = entry
  end
  dap.configurations.lua = kept
  return dap
end

--- missing says that nvim-dap is not there.
local function missing()
  vim.notify("llmspell: debugging needs the plugin nvim-dap, which is not there: install mfussenegger/nvim-dap", vim.log.levels.ERROR)
end

--- debug starts a session for a script.
---@param what table keys of a launch configuration; without program, that of the buffer
function M.debug(what)
  local dap = M.register()
  if not dap then
    return missing()
  end
  local asked = launch("llmspell: this file")
  for key, value in pairs(what) do
    asked[key] = value
  end
  if what.program then
    local buffer = vim.fn.bufnr(what.program)
    if buffer > 0 and vim.bo[buffer].modified and config.get().dap.save then
      vim.api.nvim_buf_call(buffer, vim.cmd.update)
    end
    asked.name = "llmspell: " .. vim.fs.basename(what.program)
  end
  dap.run(asked)
end

--- parse takes KERNEL, KERNEL/SESSION or PATH//SESSION apart, as `llmspell dap --attach` does.
---@param name string
---@return { kernel: string, session: string? }
function M.parse(name)
  local kernel, session = name:match("^(.-)//(.+)$")
  if not kernel or kernel == "" then
    if name:find("^[/.]") or name:find("^unix:") or name:find("\\", 1, true) then
      return { kernel = name }
    end
    kernel, session = name:match("^([^/]+)/(.+)$")
  end
  return { kernel = kernel or name, session = session }
end

--- attach attaches to a session of a kernel; the user picks one if none is named.
---@param name? string KERNEL or KERNEL/SESSION
function M.attach(name)
  local dap = M.register()
  if not dap then
    return missing()
  end
  local function run(choice)
    if choice then
      dap.run({ type = "llmspell", request = "attach", name = "llmspell: " .. choice.kernel, kernel = choice.kernel, session = choice.session })
    end
  end
  if not name then
    return require("llmspell.kernels").pick(run)
  end
  run(M.parse(name))
end

--- enable registers with nvim-dap when the first Lua file is there.
function M.enable()
  local group = vim.api.nvim_create_augroup("llmspell.dap", {})
  if not config.get().dap.enabled then
    return
  end
  if package.loaded["dap"] or vim.bo.filetype == "lua" then
    M.register()
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = "lua",
    callback = function()
      return M.register() ~= nil -- true takes the command away
    end,
  })
end

return M
