-- nvim-dap itself with the plugin in editors/nvim, as a person debugs. Run it through
-- run.sh: NVIM_DAP names the checkout of nvim-dap, LLMSPELL_TEST_ADAPTER the adapter.
package.path = "./?.lua;" .. package.path
local t = require("harness")
local wait, same, has = t.wait, t.same, t.has

vim.cmd("filetype on")
vim.opt.runtimepath:prepend(os.getenv("NVIM_DAP"))
vim.opt.runtimepath:prepend(t.plugin)
vim.cmd.runtime("plugin/dap.lua")
vim.cmd.runtime("plugin/llmspell.lua")

local dap = require("dap")
local widgets = require("dap.ui.widgets")
local repl = require("dap.repl")
require("llmspell").setup({
  binary = t.binary,
  lsp = { enabled = false },
  dap = { adapter = os.getenv("LLMSPELL_TEST_ADAPTER") },
})

-- Lines 9 to 14 are a function, which line 16 calls first.
local order = vim.fn.readfile("../scripts/order.lua", "", 19)
local loop = vim.fn.readfile("../scripts/loop.lua")
local tests = {}

-- start debugs a script as a person does who takes the plugin's first configuration.
local function start(lines, breakpoints)
  local path = t.edit(lines)
  for _, at in ipairs(breakpoints) do
    vim.api.nvim_win_set_cursor(0, { at.line, 0 })
    dap.set_breakpoint(at.condition, at.hits, at.log)
  end
  local real = vim.ui.select
  vim.ui.select = function(items, options, done)
    for _, item in ipairs(items) do
      if options.format_item(item) == "llmspell: this file" then
        return done(item)
      end
    end
    error("no such configuration: " .. vim.inspect(items))
  end
  dap.continue()
  vim.ui.select = real
  return path
end

-- stopped waits until the shown frame stands at a line, its scopes are there, and returns it.
local function stopped(line)
  local frame = wait("a stop at line " .. line, function()
    local session = dap.session()
    local current = session and session.stopped_thread_id and session.current_frame
    if not (current and current.line == line and current.scopes) then
      return nil
    end
    for _, scope in ipairs(current.scopes) do
      if not scope.expensive and not scope.variables then
        return nil
      end
    end
    return current
  end)
  same(vim.api.nvim_win_get_cursor(0)[1], line, "the cursor's line")
  return frame
end

local function ended()
  wait("the end of the session", function()
    return dap.session() == nil
  end)
end

-- signs are the lines that have a sign of a name.
local function signs(name)
  local lines = {}
  for _, sign in ipairs(vim.fn.sign_getplaced(vim.fn.bufnr(), { group = "*" })[1].signs) do
    if sign.name == name then
      lines[#lines + 1] = sign.lnum
    end
  end
  return lines
end

-- values are the variables of a scope, by name, as nvim-dap has fetched them.
local function values(frame, scope)
  for _, found in ipairs(frame.scopes) do
    if found.name == scope then
      local out = {}
      for _, variable in pairs(found.variables) do
        out[variable.name] = variable.value
      end
      return out
    end
  end
  error("no scope " .. scope .. ": " .. vim.inspect(vim.tbl_map(function(s) return s.name end, frame.scopes)))
end

-- printed is what the REPL shows.
local function printed()
  local buffer = vim.fn.bufnr("\\[dap-repl")
  return buffer < 0 and "" or table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
end

local function evaluate(expression)
  local result, failure
  dap.session():evaluate({ expression = expression, context = "hover", frameId = dap.session().current_frame.id }, function(err, answer)
    result, failure = answer, err
  end)
  wait("the value of " .. expression, function()
    return result or failure
  end)
  return failure and tostring(failure.message) or result.result
end

local function after()
  if dap.session() then
    dap.terminate()
    ended()
  end
  dap.clear_breakpoints()
  repl.close()
  vim.cmd("silent! only! | silent! %bwipeout!")
end

function tests.breakpoint_signs_and_scopes()
  start(order, { { line = 13 } })
  local frame = stopped(13)
  same(signs("DapBreakpoint"), { 13 }, "the breakpoint's sign")
  same(signs("DapStopped"), { 13 }, "the sign of the stop")
  local locals = values(frame, "Locals")
  same({ locals.item, locals.quantity, locals.price, locals.sum }, { '"apple"', "3", "30", "90" }, "the locals")
  same(#dap.session().threads[dap.session().stopped_thread_id].frames, 2, "frames")
  for _, scope in ipairs(frame.scopes) do
    same(scope.name == "Globals" and not scope.expensive, false, "the globals are fetched when asked for")
  end
  local view = widgets.sidebar(widgets.scopes)
  view.open()
  wait("the scopes in the window", function()
    local shown = table.concat(vim.api.nvim_buf_get_lines(view.buf, 0, -1, false), "\n")
    return shown:find("quantity", 1, true) and shown:find('"apple"', 1, true)
  end)
  view.close()
  dap.continue()
  wait("the second stop", function()
    local current = dap.session().current_frame
    return current and current.scopes and current.id ~= frame.id
  end)
  stopped(13)
  dap.continue()
  ended()
  same(signs("DapStopped"), {}, "the sign after the end")
  has(printed(), "total\t180")
end

function tests.steps()
  start(order, { { line = 16 } })
  stopped(16)
  dap.step_into()
  stopped(10)
  dap.step_over()
  local frame = stopped(11)
  same(values(frame, "Locals").price, "30", "a local")
  dap.step_out()
  wait("the main chunk", function()
    local session = dap.session()
    local thread = session.threads[session.stopped_thread_id]
    return thread and thread.frames and #thread.frames == 1
  end)
  frame = stopped(17)
  same(values(frame, "Locals").first, "90", "what it has returned")
  dap.clear_breakpoints()
  dap.continue()
  ended()
end

function tests.evaluation()
  start(order, { { line = 13 } })
  stopped(13)
  same(evaluate("price * 2"), "60", "a value")
  same(evaluate("prices.pear"), "45", "an upvalue's field")
  has(evaluate("nothing.at.all"), "nothing")
  repl.open()
  repl.execute("item .. 's'")
  wait("the value in the REPL", function()
    return printed():find("apples", 1, true)
  end)
end

function tests.conditional_breakpoint()
  start(loop, { { line = 4, condition = "n == 7" } })
  local frame = stopped(4)
  same(signs("DapBreakpointCondition"), { 4 }, "the breakpoint's sign")
  same(values(frame, "Locals").n, "7", "n")
  dap.continue()
  ended()
  has(printed(), "sum\t55")
end

function tests.log_point()
  start(loop, { { line = 4, log = "n is {n}" }, { line = 6 } })
  stopped(6)
  wait("what it writes", function()
    return printed():find("n is 10", 1, true)
  end)
end

-- The words in the REPL's menu, as omnifunc makes them.
function tests.repl_completion()
  start(order, { { line = 13 } })
  stopped(13)
  repl.open({}, "belowright split")
  vim.cmd.wincmd("j")
  local buffer = vim.fn.bufnr("\\[dap-repl")
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  local real, menu, from = vim.fn.complete, nil, nil
  vim.fn.complete = function(column, items)
    from, menu = column, items
  end
  vim.cmd("normal! GA" .. "pri")
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(0), #vim.api.nvim_get_current_line() })
  local ok, why = pcall(function()
    repl.omnifunc(1, "")
    wait("the menu", function()
      return menu
    end)
  end)
  vim.fn.complete = real
  assert(ok, why)
  local words = vim.tbl_map(function(item)
    return item.word
  end, menu)
  assert(vim.tbl_contains(words, "price") and vim.tbl_contains(words, "prices"), vim.inspect(words))
  -- What is chosen takes the place of what was typed.
  same(vim.api.nvim_get_current_line():sub(from), "pri", "what is replaced")
end

function tests.uncaught_error()
  start({ "local function f()", "  local t = nil", "  return t.x", "end", "f()" }, {})
  local frame = stopped(3)
  same(frame.name:find("f", 1, true) ~= nil, true, "the frame")
  dap.continue()
  ended()
end

-- left detaches, and the script runs on.
local function left()
  dap.disconnect({ restart = false, terminateDebuggee = false })
  ended()
end

local endless = { "local n = 0", "while not stop do", "  n = n + 1", "end" }

-- with_job runs a command beside a test; hear gets what it writes to standard error.
local function with_job(command, f, hear)
  local job = vim.system(command, { text = true, stderr = hear })
  local ok, why = xpcall(f, debug.traceback)
  job:kill("sigkill")
  job:wait(t.deadline)
  assert(ok, why)
end

local function breakpoint_at(line)
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  dap.set_breakpoint()
end

function tests.attach_to_a_kernel()
  local path = t.edit(endless)
  local function call(...)
    local result = vim.system({ t.binary, ... }, { text = true, timeout = t.deadline }):wait()
    assert(result.code == 0, vim.inspect(result))
  end
  call("kernel", "start", "--daemon", "--id", "nvd")
  local ok, why = pcall(with_job, { t.binary, "run", "--connect", "nvd", path }, function()
    wait("the session", function()
      return #require("llmspell.kernels").choices(assert(require("llmspell.kernels").list())) > 0
    end)
    breakpoint_at(3)
    local real = vim.ui.select
    vim.ui.select = function(items, _, done)
      done(items[1])
    end
    vim.cmd("Llmspell attach")
    vim.ui.select = real
    local frame = stopped(3)
    assert(tonumber(values(frame, "Locals").n), "n is a number")
    left()
  end)
  call("kernel", "stop", "nvd", "--force")
  assert(ok, why)
end

function tests.attach_to_a_socket()
  local path = t.edit(endless)
  local socket = ("%s/debug-%d.sock"):format(t.work, vim.fn.getpid())
  local said = ""
  local function hear(_, text)
    said = said .. (text or "")
  end
  with_job({ t.binary, "run", "--debug-listen", "unix:" .. socket, path }, function()
    wait("the line that tells the address", function()
      return said:find(socket, 1, true)
    end)
    breakpoint_at(3)
    dap.run({ type = "llmspell", request = "attach", name = "socket", socket = socket })
    stopped(3)
    left()
  end, hear)
end

function tests.test_function_of_a_lens()
  t.edit({ "local M = {}", "function M.test_sum()", "  local sum = 1 + 1", "  assert(sum == 2)", "end", "return M" })
  breakpoint_at(4)
  local debug_lens = require("llmspell.lsp").commands["llmspell.debug"]
  debug_lens({ arguments = { { uri = vim.uri_from_bufnr(0), line = 1, ["function"] = "M.test_sum" } } })
  local frame = stopped(4)
  same(values(frame, "Locals").sum, "2", "sum")
  dap.continue()
  ended()
end

function tests.restart()
  start(order, { { line = 13 } })
  local frame = stopped(13)
  dap.restart()
  wait("the stop of the second run", function()
    local session = dap.session()
    local current = session and session.current_frame
    return current and current.scopes and current.id ~= frame.id
  end)
  stopped(13)
end

function tests.terminate()
  start({ "local n = 0", "while true do", "  n = n + 1", "end" }, { { line = 3 } })
  stopped(3)
  dap.clear_breakpoints()
  dap.continue()
  dap.terminate()
  ended()
end

t.run(tests, after)
