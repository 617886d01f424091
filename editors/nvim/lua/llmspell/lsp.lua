-- The language server, with Neovim's own client. Nothing of it needs nvim-lspconfig.
local config = require("llmspell.config")

local M = {}

-- request sends a request; clients of 0.11 and later are objects with methods.
local function request(client, method, params, done)
  if vim.fn.has("nvim-0.11") == 1 then
    return client:request(method, params, done)
  end
  return client.request(method, params, done)
end

-- run_function has the server call a test function: it has the text as the editor has it.
local function run_function(client, what)
  request(client, "workspace/executeCommand", { command = "llmspell.run", arguments = { what } }, function(err, result)
    if err then
      vim.notify("llmspell: " .. err.message, vim.log.levels.ERROR)
      return
    end
    local head = ("%s: exit code %d"):format(what["function"], result.exitCode)
    require("llmspell.output").show(head, result.output)
  end)
end

--- commands are those of code lenses that the editor has itself.
M.commands = {
  ["llmspell.run"] = function(command, context)
    local what = command.arguments[1]
    if what["function"] then
      return run_function(assert(vim.lsp.get_client_by_id(context.client_id)), what)
    end
    require("llmspell.commands").run(vim.uri_to_fname(what.uri), what.args or {})
  end,
  ["llmspell.debug"] = function(command)
    local what = command.arguments[1]
    require("llmspell.dap").debug({
      program = vim.uri_to_fname(what.uri),
      args = what.args,
      ["function"] = what["function"],
    })
  end,
  ["llmspell.showReferences"] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    local items = vim.lsp.util.locations_to_items(command.arguments[3], client and client.offset_encoding or "utf-16")
    vim.fn.setqflist({}, " ", { title = "References", items = items })
    vim.cmd("botright copen")
  end,
}

local function capabilities()
  local options = config.get().lsp
  local all = vim.tbl_deep_extend("force", vim.lsp.protocol.make_client_capabilities(), options.capabilities or {})
  return vim.tbl_deep_extend("force", all, { experimental = { commands = { commands = vim.tbl_keys(M.commands) } } })
end

local function show_lenses(client, buffer)
  if not client.server_capabilities.codeLensProvider then
    return
  end
  if vim.lsp.codelens.enable then -- Neovim 0.12 and later look after them
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  local group = vim.api.nvim_create_augroup("llmspell.codelens." .. buffer, {})
  local function refresh()
    -- Without the server, others would be asked, and say that they know no lenses.
    if #vim.lsp.get_clients({ bufnr = buffer, name = "llmspell" }) == 0 then
      return true
    end
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
  vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave", "TextChanged" }, { group = group, buffer = buffer, callback = refresh })
  refresh()
end

-- settings are the server's section; an empty table would be sent as a list.
local function settings()
  local given = config.get().lsp.settings
  return { llmspell = next(given) and given or vim.empty_dict() }
end

--- config is the client's configuration, for vim.lsp.config of Neovim 0.11 and later.
---@return table
function M.config()
  local options = config.get().lsp
  return {
    cmd = function(dispatchers, client)
      local root = client and client.root_dir or nil
      local program = assert(config.program(root), "llmspell: no program")
      return vim.lsp.rpc.start(vim.list_extend({ program, "lsp" }, options.args), dispatchers, { cwd = root })
    end,
    -- A buffer whose program is missing gets no client, and the user one message.
    root_dir = function(buffer, start)
      local root = config.root(buffer)
      if config.program(root, true) then
        start(root)
      end
    end,
    filetypes = options.filetypes,
    capabilities = capabilities(),
    settings = settings(),
    commands = M.commands,
    on_attach = M.attached,
  }
end

--- attached is called for each buffer that the server gets.
function M.attached(client, buffer)
  local options = config.get().lsp
  if options.codelens then
    show_lenses(client, buffer)
  end
  if options.on_attach then
    options.on_attach(client, buffer)
  end
end

--- start gives a buffer the server; for Neovim 0.10.
---@return integer? client its id
function M.start(buffer)
  if vim.bo[buffer].buftype ~= "" then
    return nil
  end
  local options = config.get().lsp
  local root = config.root(buffer)
  local program = config.program(root, true)
  if not program then
    return nil
  end
  return vim.lsp.start({
    name = "llmspell",
    cmd = vim.list_extend({ program, "lsp" }, options.args),
    root_dir = root,
    capabilities = capabilities(),
    settings = settings(),
    commands = M.commands,
    on_attach = M.attached,
  }, { bufnr = buffer })
end

--- enable starts the server for the buffers that are there, and those that come.
function M.enable()
  local group = vim.api.nvim_create_augroup("llmspell.lsp", {})
  local options = config.get().lsp
  -- vim.lsp is not touched before a Lua file is there: loading it takes some milliseconds.
  if vim.fn.has("nvim-0.11") == 1 then
    if options.enabled and M.configured then -- a second setup: nothing of the first stays
      vim.lsp.config.llmspell = M.config()
    elseif options.enabled then -- what the user has configured stays
      vim.lsp.config("llmspell", M.config())
      M.configured = true
    end
    vim.lsp.enable("llmspell", options.enabled)
    return
  end
  if not options.enabled then
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = options.filetypes,
    callback = function(event)
      M.start(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(options.filetypes, vim.bo[buffer].filetype) then
      M.start(buffer)
    end
  end
end

return M
