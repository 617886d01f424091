-- :checkhealth llmspell
local config = require("llmspell.config")

local M = {}

local function program(health)
  local root = config.root(0)
  local path, why = config.find(root)
  if not path then
    health.error(why)
    return nil
  end
  local ok, result = pcall(function()
    return vim.system({ path, "version" }, { text = true, timeout = 20000 }):wait()
  end)
  if not ok or result.code ~= 0 then
    health.error(("%s does not say its version: %s"):format(path, ok and vim.trim(result.stderr) or result))
    return nil
  end
  health.ok(("%s, by %s: %s"):format(path, why, vim.trim(result.stdout)))
  if root and not config.get().project_bin and vim.fn.executable(vim.fs.joinpath(root, "bin", "llmspell")) == 1 then
    health.info("bin/llmspell of this project is not used: set project_bin, if you trust your projects")
  end
  return path
end

local function server(health)
  if not config.get().lsp.enabled then
    health.info("the language server is off (lsp.enabled)")
    return
  end
  local clients = vim.lsp.get_clients({ name = "llmspell" })
  if #clients == 0 then
    health.info("the language server does not run: it starts with the first Lua file, after setup()")
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers or {})
    health.ok(("the language server runs in %s, for %d buffers"):format(client.config.root_dir or "no folder", buffers))
  end
  for _, other in ipairs(vim.lsp.get_clients()) do
    if other.name == "lua_ls" or other.name == "emmylua_ls" then
      health.warn(("%s serves Lua files too: both complete everything"):format(other.name))
    end
  end
end

local function debugger(health)
  if not config.get().dap.enabled then
    health.info("nvim-dap is told nothing (dap.enabled)")
    return
  end
  local ok, dap = pcall(require, "dap")
  if not ok then
    health.warn("nvim-dap is not there: scripts cannot be debugged", { "install mfussenegger/nvim-dap" })
  elseif dap.adapters.llmspell then
    health.ok("nvim-dap knows llmspell")
  else
    health.info("nvim-dap does not know llmspell yet: it hears of it with the first Lua file, after setup()")
  end
end

local function kernels(health, path)
  if not path then
    return
  end
  local list, why = require("llmspell.kernels").list()
  if not list then
    health.error("the kernels cannot be listed: " .. why)
  elseif #list == 0 then
    health.info("no kernel runs; nothing needs one")
  end
  for _, kernel in ipairs(list or {}) do
    local report = kernel.status == "running" and health.ok or health.warn
    report(("kernel %s: %s, %d sessions, process %d"):format(kernel.id, kernel.status, kernel.sessions, kernel.pid))
  end
end

--- check reports to :checkhealth.
function M.check()
  local health = vim.health
  health.start("llmspell")
  if vim.fn.has("nvim-0.10") == 1 then
    health.ok("Neovim " .. tostring(vim.version()))
  else
    health.error("this needs Neovim 0.10 or later")
    return
  end
  local path = program(health)
  server(health)
  debugger(health)
  kernels(health, path)
end

return M
