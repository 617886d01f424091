-- Which kernels run, and which of their sessions the user means.
local config = require("llmspell.config")

local M = {}

--- list is the kernels of this user that run, with their sessions; nil and why not.
---@param timeout? integer milliseconds
---@return table[]?, string?
function M.list(timeout)
  local program, why = config.find(config.root(0))
  if not program then
    return nil, why
  end
  local ok, result = pcall(function()
    return vim.system({ program, "kernel", "status", "--sessions", "--format", "json" }, { text = true, timeout = timeout or 20000 }):wait()
  end)
  if not ok then
    return nil, tostring(result)
  elseif result.code ~= 0 then
    return nil, vim.trim(result.stderr or "")
  end
  local decoded, kernels = pcall(vim.json.decode, result.stdout)
  if not decoded then
    return nil, "what `llmspell kernel status` printed is no JSON: " .. tostring(kernels)
  end
  return kernels
end

--- choices are the sessions of kernels that a debugger can attach to.
---@return { kernel: string, session: string?, text: string }[]
function M.choices(kernels)
  local out = {}
  for _, kernel in ipairs(kernels) do
    for _, session in ipairs(kernel.session_list or {}) do
      local name = session.name or session.id
      out[#out + 1] = {
        kernel = kernel.id,
        session = session.id, -- names may be the same
        text = ("%s/%s  %s%s"):format(kernel.id, name, session.cwd or "", session.busy and ", runs" or ""),
      }
    end
  end
  return out
end

--- names are what `:Llmspell attach` takes for the kernels and their sessions: KERNEL, and KERNEL/SESSION by the
--- session's name where that means it alone.
---@return string[]
function M.names(kernels)
  local out = {}
  for _, kernel in ipairs(kernels) do
    out[#out + 1] = kernel.id
    local times = {}
    for _, session in ipairs(kernel.session_list or {}) do
      local name = session.name or session.id
      times[name] = (times[name] or 0) + 1
    end
    for _, session in ipairs(kernel.session_list or {}) do
      local plain = session.name and session.name:find("^[%w._-]+$") and times[session.name] == 1
      out[#out + 1] = kernel.id .. "/" .. (plain and session.name or session.id)
    end
  end
  return out
end

--- pick has the user choose a session, and calls back with it; with nil if there is none, or
--- none is chosen. Why there is none is said.
---@param done fun(choice: { kernel: string, session: string? }?)
function M.pick(done)
  local kernels, why = M.list()
  if not kernels then
    vim.notify("llmspell: the kernels cannot be listed: " .. why, vim.log.levels.ERROR)
    return done(nil)
  end
  local choices = M.choices(kernels)
  if #choices == 0 then
    local what = #kernels == 0 and "no kernel runs: start one with `:Llmspell kernel start --daemon`"
      or "no session lives in a kernel: run a script there with `llmspell run --connect " .. kernels[1].id .. "`"
    vim.notify("llmspell: " .. what, vim.log.levels.WARN)
    return done(nil)
  end
  vim.ui.select(choices, {
    prompt = "Session to debug",
    kind = "llmspell.session",
    format_item = function(choice)
      return choice.text
    end,
  }, done)
end

return M
