-- llmspell lsp, driven by Neovim's built-in client: what a person sees who edits a
-- script. Run it through run.sh, which sets LLMSPELL (the binary) and WORK (a folder
-- that may be thrown away).

package.path = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2)) .. "/?.lua;./?.lua;" .. package.path
local t = require("harness")
local wait, same, binary, work, deadline = t.wait, t.same, t.binary, t.work, t.deadline

local exited
local id

-- edit opens a file of some lines in a buffer, with the server.
local function edit(name, lines)
  vim.fn.writefile(lines, work .. "/" .. name)
  vim.cmd("edit! " .. work .. "/" .. name)
  vim.bo.filetype = "lua"
  id = vim.lsp.start({
    name = "llmspell",
    cmd = { binary, "lsp" },
    root_dir = work,
    workspace_folders = { { uri = vim.uri_from_fname(work), name = "work" } },
    on_exit = function(code, signal)
      exited = { code, signal }
    end,
  })
  return wait("the server", function()
    local client = vim.lsp.get_client_by_id(id)
    return client and client.initialized and client
  end)
end

-- request asks the server what an editor command asks at a place: the line is counted
-- from 1, the column from 0, both of bytes.
local function request(method, line, column, more)
  vim.api.nvim_win_set_cursor(0, { line, column })
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(0, "utf-16"), more or {})
  local answers, err = vim.lsp.buf_request_sync(0, method, params, deadline)
  assert(answers, err)
  local answer = answers[id]
  assert(answer and not answer.err, vim.inspect(answer and answer.err))
  return answer.result
end

-- stop ends the server as a person does.
local function stop()
  exited = nil
  t.stop(vim.lsp.get_client_by_id(id))
  id = nil
  wait("the end of the server", function()
    return exited
  end)
  same(exited, { 0, 0 }, "the exit code and signal")
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- items_of are the items of an answer to completion, with what the list says for all of them.
local function items_of(result)
  local all = result.itemDefaults or {}
  return vim.tbl_map(function(item)
    if not item.textEdit and all.editRange then
      item.textEdit = { range = all.editRange.replace or all.editRange, newText = item.textEditText or item.label }
    end
    return item
  end, result.items or result)
end

local tests = {}

function tests.attach_and_stop()
  local client = edit("a.lua", { "return 1" })
  assert(vim.lsp.buf_is_attached(0, id))
  assert(client.server_capabilities.completionProvider)
end

-- Diagnostics come, move with the text, and go: the buffer is edited as a person does.
function tests.diagnostics_follow_edits()
  edit("b.lua", { "local x = 1", "print(x" })
  local found = wait("a syntax error", function()
    local list = vim.diagnostic.get(0)
    return #list == 1 and list[1]
  end)
  same({ found.code or found.user_data.lsp.code, found.source, found.severity }, { "syntax", "llmspell", vim.diagnostic.severity.ERROR }, "the finding")
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { "-- 🎈", "" })
  wait("the error two lines on", function()
    local list = vim.diagnostic.get(0)
    return #list == 1 and list[1].lnum == found.lnum + 2
  end)
  vim.api.nvim_win_set_cursor(0, { 4, 0 })
  vim.cmd("normal! A)")
  same(lines(), { "-- 🎈", "", "local x = 1", "print(x)" }, "the buffer")
  wait("no error", function()
    return #vim.diagnostic.get(0) == 0
  end)
end

-- What nothing uses is shown faded: the finding has a tag.
function tests.unused_is_faded()
  edit("l.lua", { "local unused = 1", "return 2" })
  local found = wait("a finding", function()
    return vim.diagnostic.get(0)[1]
  end)
  same(found._tags, { unnecessary = true }, "the tags of " .. found.message)
end

function tests.completion_of_tool_parameters()
  edit("c.lua", { 'local s = "🎈"', 'local calc = Tool.get("calculator")', "calc:execute({in" })
  local result = request("textDocument/completion", 3, #"calc:execute({in")
  local items = items_of(result)
  local labels = vim.tbl_map(function(item)
    return item.label
  end, items)
  table.sort(labels)
  same(labels, { "input", "operation", "variables" }, "the parameters")
end

-- omnifunc is how a person asks: it types into the buffer.
function tests.completion_in_the_buffer()
  edit("d.lua", { 'local calc = Tool.get("calculator")', "" })
  vim.bo.omnifunc = "v:lua.vim.lsp.omnifunc"
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.api.nvim_buf_set_lines(0, 1, 2, false, { "calc:execute({ op })" })
  local result = request("textDocument/completion", 2, #"calc:execute({ op")
  local items = items_of(result)
  assert(#items > 0)
  for _, item in ipairs(items) do
    if item.label == "operation" then
      assert(item.textEdit, "the item says what it replaces")
      vim.lsp.util.apply_text_edits({ { range = item.textEdit.range or item.textEdit.replace, newText = "operation" } }, vim.api.nvim_get_current_buf(), "utf-16")
    end
  end
  same(lines()[2], "calc:execute({ operation })", "the completed line")
end

function tests.hover()
  edit("e.lua", { "--- Doubles a number.", "local function twice(n) return n * 2 end", "print(twice(2))" })
  local hover = request("textDocument/hover", 3, #"print(t")
  local text = table.concat(vim.lsp.util.convert_input_to_markdown_lines(hover.contents), "\n")
  assert(text:find("Doubles a number.", 1, true), text)
  assert(text:find("twice", 1, true), text)
end

function tests.signature()
  edit("f.lua", { "local function add(first, second) return first + second end", "add(1, 2)" })
  local help = request("textDocument/signatureHelp", 2, #"add(1, ")
  local shown = vim.lsp.util.convert_signature_help_to_markdown_lines(help, "lua", { "(" })
  assert(table.concat(shown, "\n"):find("first", 1, true), vim.inspect(help))
end

function tests.definition()
  edit("i.lua", { "local function twice(n) return n * 2 end", "print(twice(2))" })
  local found = request("textDocument/definition", 2, #"print(t")
  local items = vim.lsp.util.locations_to_items(found.uri and { found } or found, "utf-16")
  same({ #items, items[1].lnum, items[1].col }, { 1, 1, #"local function " + 1 }, "the definition")
end

-- What the editor's own command does, as far as it asks nobody for the name.
function tests.rename()
  edit("j.lua", { 'local text = "🎈" local n = 1', "n = n + 1", "print(text, n)" })
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.lsp.buf.rename("count")
  wait("the new name in the buffer", function()
    return lines()[2] == "count = count + 1"
  end)
  same(lines(), { 'local text = "🎈" local count = 1', "count = count + 1", "print(text, count)" }, "the buffer")
end

function tests.code_action()
  edit("k.lua", { 'local calc = Tool.get("calculatr")', "print(calc)" })
  local found = wait("a finding", function()
    local list = vim.diagnostic.get(0)
    for _, d in ipairs(list) do
      if d.message:find("calculatr", 1, true) then
        return d
      end
    end
  end)
  local context = { diagnostics = { found.user_data.lsp }, only = { "quickfix" } }
  local range = vim.lsp.util.make_range_params(0, "utf-16")
  range.range = { start = { line = 0, character = 24 }, ["end"] = { line = 0, character = 24 } }
  for _, action in ipairs(request("textDocument/codeAction", 1, 24, { context = context, range = range.range })) do
    if action.title:find("calculator", 1, true) then
      local edits = action.edit or request("codeAction/resolve", 1, 24, action).edit
      vim.lsp.util.apply_workspace_edit(edits, "utf-16")
      break
    end
  end
  same(lines()[1], 'local calc = Tool.get("calculator")', "the mended line")
end

function tests.symbols()
  edit("g.lua", { "local M = {}", "function M.run() end", "return M" })
  local items = vim.lsp.util.symbols_to_items(request("textDocument/documentSymbol", 1, 0), 0, "utf-16")
  local found = false
  for _, item in ipairs(items) do
    found = found or item.lnum == 2 and item.text:find("run", 1, true) ~= nil
  end
  assert(found, vim.inspect(items))
end

-- Many edits at many places, one by one: what the server has is what the buffer has.
function tests.random_edits()
  edit("h.lua", { "local a = 1" })
  math.randomseed(7)
  local pieces = { "x", "🎈", "é", " = ", "(", ")", '"', "local b\n", "\n", "end" }
  for _ = 1, 200 do
    local row = math.random(vim.api.nvim_buf_line_count(0))
    local text = lines()[row]
    local column = vim.str_byteindex(text, math.random(0, (vim.str_utfindex(text))))
    if math.random(3) == 1 and #text > 0 then
      vim.api.nvim_buf_set_text(0, row - 1, 0, row - 1, column, { "" })
    else
      vim.api.nvim_buf_set_text(0, row - 1, column, row - 1, column, vim.split(pieces[math.random(#pieces)], "\n"))
    end
  end
  vim.api.nvim_buf_set_text(0, 0, 0, 0, 0, { "--]] 🎈", "local marker_here = 1", "-- " })
  local symbols = request("textDocument/documentSymbol", 1, 0)
  local found
  for _, symbol in ipairs(symbols) do
    found = found or symbol.name == "marker_here" and symbol
  end
  same(found and found.selectionRange.start.line, 1, "the line of the last edit")
  -- A fresh copy of the text has the same findings.
  local document = { textDocument = vim.lsp.util.make_text_document_params() }
  local function findings()
    return request("textDocument/diagnostic", 1, 0, document).items
  end
  local old, text = findings(), lines()
  assert(#old > 0, "no findings in a text of rubbish")
  vim.cmd("bwipeout!")
  stop()
  edit("h.lua", text)
  same(findings(), old, "findings of a fresh copy")
end

-- after ends the server of a test: as it should, within a while.
local function after()
  if id then
    stop()
  end
  vim.cmd("bwipeout!")
end

t.run(tests, after)
