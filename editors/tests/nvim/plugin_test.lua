-- The plugin in editors/nvim, as a person uses it. Run it through run.sh. A stand-in for
-- nvim-dap is told what nvim-dap is told.
package.path = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2)) .. "/?.lua;./?.lua;" .. package.path
local t = require("harness")
local wait, same, has = t.wait, t.same, t.has

-- Without plugins for file types: that for Lua wants a parser that Debian has elsewhere.
vim.cmd("filetype on")
-- As lazy.nvim and packages do it.
vim.opt.runtimepath:prepend(t.plugin)
vim.cmd.runtime("plugin/llmspell.lua")

local llmspell
local tests = {}

local function setup(options)
  llmspell = require("llmspell")
  llmspell.setup(vim.tbl_deep_extend("keep", options or {}, { binary = t.binary }))
end

-- stand_in takes the place of nvim-dap.
local function stand_in()
  local dap = { adapters = {}, configurations = {}, ABORT = {}, ran = {} }
  dap.run = function(config)
    dap.ran[#dap.ran + 1] = config
  end
  package.loaded.dap = dap
  return dap
end

-- clients are those that run, also before their server has answered for the first time.
local function clients()
  return vim.lsp.get_clients({ name = "llmspell", _uninitialized = true })
end

local function served()
  return wait("the language server", function()
    local client = vim.lsp.get_clients({ name = "llmspell", bufnr = 0 })[1]
    return client and client.initialized and client
  end)
end

-- after ends what a test has started.
local function after()
  -- A client whose start is scheduled comes before what is scheduled now.
  local started
  vim.schedule(function()
    started = true
  end)
  wait("the start of the servers", function()
    return started
  end)
  if vim.lsp.enable then
    vim.lsp.enable("llmspell", false)
    vim.lsp.config.llmspell = {}
  end
  for _, client in ipairs(clients()) do
    t.stop(client)
  end
  wait("the end of the servers", function()
    return #clients() == 0
  end)
  vim.cmd("silent! tabonly | silent! only! | silent! %bwipeout!")
  for name in pairs(package.loaded) do
    if name == "dap" or vim.startswith(name, "llmspell") then
      package.loaded[name] = nil
    end
  end
  pcall(vim.api.nvim_del_augroup_by_name, "llmspell.lsp")
  pcall(vim.api.nvim_del_augroup_by_name, "llmspell.dap")
end

function tests.nothing_is_loaded_before_it_is_used()
  same(vim.fn.exists(":Llmspell"), 2, "the command")
  for name in pairs(package.loaded) do
    assert(not vim.startswith(name, "llmspell"), name)
  end
end

function tests.wrong_options_change_nothing()
  local messages = t.heard(function()
    require("llmspell").setup({
      binry = "x",
      lsp = { enabledd = true, args = { 1 }, settings = "no" },
      dap = { adapter = "pipe" },
      run = 3,
      project_bin = "yes",
    })
  end)
  same(#messages, 1, "messages")
  has(messages[1], "binry is no option, did you mean binary?")
  has(messages[1], "lsp.enabledd is no option, did you mean lsp.enabled?")
  has(messages[1], "lsp.args holds something else, want a list of strings")
  has(messages[1], "lsp.settings is a string, want a table")
  has(messages[1], 'dap.adapter is "pipe", want executable or server')
  has(messages[1], "run is a number, want a table of options")
  has(messages[1], "project_bin is a string, want a boolean")
  t.edit({ "return 1" })
  same(#clients(), 0, "clients")
  has(t.heard(function()
    require("llmspell").setup("yes")
  end)[1], "the options are a string, want a table")
end

function tests.server_of_a_lua_file()
  setup({ lsp = { settings = { diagnostics = { disable = { "unused-local" } } } } })
  vim.fn.mkdir(t.work .. "/.git", "p")
  local path = t.edit({ "local x = 1", "print(x" })
  local client = served()
  same(client.config.root_dir, t.work, "the folder")
  same(client.config.settings.llmspell.diagnostics.disable, { "unused-local" }, "the settings")
  local found = wait("a finding", function()
    return vim.diagnostic.get(0)[1]
  end)
  same(found.code, "syntax", "the finding")
  -- A second file has the same server, and so has one that was there before.
  t.edit({ "return 2" })
  same(served().id, client.id, "the server of the second file")
  vim.cmd.edit(vim.fn.fnameescape(path))
  same(#clients(), 1, "servers")
end

function tests.server_of_files_that_are_open_already()
  t.edit({ "return 1" })
  setup()
  served()
end

-- What the server says of its settings, if they are wrong, comes as a message.
function tests.no_settings_are_no_mistake()
  local said, real = {}, vim.lsp.handlers["window/showMessage"]
  vim.lsp.handlers["window/showMessage"] = function(_, message)
    said[#said + 1] = message.message
  end
  setup()
  t.edit({ "print(x" })
  served()
  wait("a finding", function()
    return vim.diagnostic.get(0)[1]
  end)
  vim.lsp.handlers["window/showMessage"] = real
  same(said, {}, "messages")
end

function tests.server_that_is_off()
  setup({ lsp = { enabled = false } })
  t.edit({ "return 1" })
  same(#clients(), 0, "clients")
end

function tests.no_program_is_said_once()
  local messages = t.heard(function()
    require("llmspell").setup({ binary = t.work .. "/nowhere" })
    t.edit({ "return 1" })
    t.edit({ "return 2" })
  end)
  same(#messages, 1, "messages")
  has(messages[1], "which is no program")
  same(#clients(), 0, "clients")
end

-- vim.lsp.enable of 0.11 and later needs no setup: it finds lsp/llmspell.lua by itself.
if vim.lsp.enable then
  function tests.enabled_without_setup()
    local path = vim.env.PATH
    local bin = t.work .. "/path"
    vim.fn.mkdir(bin, "p")
    vim.uv.fs_symlink(t.binary, bin .. "/llmspell")
    vim.env.PATH = bin .. ":" .. path
    vim.lsp.enable("llmspell")
    t.edit({ "return 1" })
    local ok, client = pcall(served)
    vim.lsp.enable("llmspell", false)
    vim.env.PATH = path
    assert(ok, client)
    same(client.server_info.name, "llmspell", "the server")
  end

  -- What a user writes with vim.lsp.config goes together with what setup says; of two
  -- calls of setup the last counts.
  function tests.configured_by_the_user()
    vim.lsp.config("llmspell", { settings = { llmspell = { hints = { enable = false } } } })
    setup({ lsp = { settings = { diagnostics = { disable = { "unused-local" } } } } })
    t.edit({ "return 1" })
    same(served().settings.llmspell, { diagnostics = { disable = { "unused-local" } }, hints = { enable = false } }, "the settings")
    setup({ lsp = { settings = { completion = { enable = true } } } })
    same(vim.lsp.config.llmspell.settings.llmspell, { completion = { enable = true } }, "the settings of the second setup")
  end
end

-- run_lens takes the lens of a line whose title has some words, as a person does.
local function run_lens(title, line)
  local lens = wait("the lens " .. title, function()
    for _, found in ipairs(t.lenses()) do
      if found.command and found.command.title:find(title, 1, true) and found.range.start.line == line then
        return found
      end
    end
  end)
  vim.api.nvim_win_set_cursor(0, { line + 1, 0 })
  local real, chosen, offered = vim.ui.select, false, nil
  vim.ui.select = function(items, options, done)
    offered = vim.tbl_map(options.format_item, items)
    for _, item in ipairs(items) do
      if options.format_item(item):find(lens.command.title, 1, true) then
        chosen = true
        return done(item)
      end
    end
  end
  -- The only lens of a line is taken without asking. Neovim 0.12 asks the server first, and offers them later.
  local only = #vim.tbl_filter(function(found)
    return found.range.start.line == line
  end, t.lenses()) == 1
  local ok, why = pcall(vim.lsp.codelens.run)
  if ok and not only then
    ok, why = pcall(wait, "the choice of lenses", function()
      return offered
    end)
  end
  vim.ui.select = real
  assert(ok, why)
  assert(only or chosen, "no such lens: " .. vim.inspect(offered))
end

function tests.lens_shows_references()
  setup({ lsp = { settings = { codeLens = { references = true } } } })
  t.edit({ "local function twice(n) return n * 2 end", "print(twice(2))" })
  run_lens("1 reference", 0)
  local list = wait("the list", function()
    local items = vim.fn.getqflist()
    return #items > 0 and items
  end)
  same({ #list, list[1].lnum }, { 1, 2 }, "the references")
end

-- When the server has gone, the other clients of the buffer are not asked for lenses.
function tests.no_lenses_without_the_server()
  setup()
  t.edit({ "return 1" })
  local client = served()
  wait("the lenses", function()
    return #t.lenses() > 0
  end)
  t.stop(client)
  wait("its end", function()
    return #clients() == 0
  end)
  same(t.heard(function()
    vim.api.nvim_exec_autocmds("TextChanged", { buffer = 0 })
  end), {}, "messages")
  if not vim.lsp.codelens.enable then -- else Neovim looks after them
    same(vim.api.nvim_get_autocmds({ event = "TextChanged", group = "llmspell.codelens." .. vim.fn.bufnr() }), {}, "the commands")
  end
end

function tests.lens_debugs()
  local dap = stand_in()
  setup()
  local path = t.edit({ "local function test_add()", "  assert(1 + 1 == 2)", "end", "return test_add" }, "lens_test.lua")
  run_lens("Debug", 0)
  same({ dap.ran[1].program, dap.ran[1].request }, { path, "launch" }, "what is debugged")
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

function tests.lens_runs_a_test_function()
  setup()
  t.edit({ "x = 1", "function test_add()", '  print("added", 1 + 1)', "end" }, "run_test.lua")
  run_lens("Run", 1)
  wait("the output", function()
    return text():find("added\t2", 1, true)
  end)
  has(vim.wo.winbar, "test_add: exit code 0")
end

function tests.adapters_and_configurations()
  local dap = stand_in()
  local own = { type = "llmspell", request = "launch", name = "mine", program = "x.lua" }
  dap.configurations.lua = { own }
  setup()
  -- Nothing is told before a Lua file is there.
  t.edit({ "return 1" })
  local function names()
    return vim.tbl_map(function(entry)
      return entry.name
    end, dap.configurations.lua)
  end
  local want = { "mine", "llmspell: this file", "llmspell: this file with arguments", "llmspell: attach to a kernel" }
  same(names(), want, "the configurations")
  setup({ dap = { args = { "--read-only" }, launch = { stopOnEntry = true } } })
  require("llmspell.dap").register()
  same(names(), want, "the configurations after another setup")
  same(dap.configurations.lua[2].stopOnEntry, true, "what launch says for all")

  local function adapter(config)
    local got
    dap.adapters.llmspell(function(found)
      got = found
    end, config)
    return got
  end
  same(adapter({ request = "launch" }), { type = "executable", command = t.binary, args = { "dap", "--read-only" } }, "the adapter")
  same(adapter({ request = "attach", kernel = "dev" }).type, "executable", "the adapter for kernels")
  same(adapter({ request = "attach", port = 4711 }), { type = "server", host = "127.0.0.1", port = 4711 }, "the adapter for a port")
  same(adapter({ request = "attach", socket = "/x/y" }), { type = "pipe", pipe = "/x/y" }, "the adapter for a socket")
  setup({ dap = { adapter = "server" } })
  local server = adapter({ request = "launch" })
  same({ server.type, server.port, server.executable }, {
    "server",
    "${port}",
    { command = t.binary, args = { "dap", "--listen", "127.0.0.1:${port}" } },
  }, "the server")
end

function tests.program_is_saved()
  stand_in()
  setup()
  local path = t.edit({ "return 1" })
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "return 2" })
  same(package.loaded.dap.configurations.lua[1].program(), path, "the program")
  same(vim.fn.readfile(path), { "return 2" }, "the file")
  vim.cmd.enew()
  local messages = t.heard(function()
    same(package.loaded.dap.configurations.lua and require("llmspell.dap").configurations()[1].program(), package.loaded.dap.ABORT, "no program")
  end)
  has(messages[1], "this buffer has no file")
end

function tests.words_of_a_line()
  local split = function(line)
    setup()
    return require("llmspell.dap").split(line)
  end
  same(split([[a "b c" 'd\e' f\ g ""]]), { "a", "b c", "d\\e", "f g", "" }, "the words")
  same(split("   "), {}, "no words")
  same({ split('a "b') }, { nil, 'the quote " has no end' }, "a quote")
end

function tests.names_of_sessions()
  local parse = require("llmspell.dap").parse
  same(parse("dev"), { kernel = "dev" }, "a kernel")
  same(parse("dev/main"), { kernel = "dev", session = "main" }, "a session")
  same(parse("127.0.0.1:4711/main"), { kernel = "127.0.0.1:4711", session = "main" }, "an address")
  same(parse("/run/k.sock"), { kernel = "/run/k.sock" }, "a path")
  same(parse("/run/k.sock//main"), { kernel = "/run/k.sock", session = "main" }, "a session of a path")
end

function tests.debugging_without_nvim_dap()
  setup()
  local messages = t.heard(function()
    t.edit({ "return 1" })
    same(vim.bo.filetype, "lua", "the filetype")
  end)
  same(messages, {}, "messages before debugging is asked for")
  messages = t.heard(function()
    vim.cmd("Llmspell debug")
  end)
  has(messages[1], "debugging needs the plugin nvim-dap")
end

function tests.command_debug()
  local dap = stand_in()
  setup()
  local path = t.edit({ "return 1" })
  vim.cmd("Llmspell debug one two")
  same({ dap.ran[1].program, dap.ran[1].args }, { path, { "one", "two" } }, "what is debugged")
end

function tests.command_run()
  setup()
  t.edit({ 'print("hello from " .. tostring(arg[1]))', 'print("and " .. tostring(arg[2]))' })
  vim.cmd("Llmspell run there --flag")
  wait("the output", function()
    return text():find("hello from there", 1, true) and text():find("and --flag", 1, true)
  end)
  same(vim.bo.buftype, "terminal", "the window")
end

function tests.command_tool()
  setup()
  vim.cmd("Llmspell tool invoke calculator input=6*7")
  wait("the answer", function()
    return vim.bo.filetype == "json" and text():find("42", 1, true)
  end)
  vim.cmd.close()
  vim.cmd("Llmspell tool info calculatr")
  wait("the error", function()
    return (vim.wo.winbar or ""):find("exit code", 1, true) and text():find("calculat", 1, true)
  end)
end

function tests.command_check()
  setup({ lsp = { enabled = false } })
  local path = t.edit({ "local x = 1", "print(y" })
  vim.cmd("Llmspell check")
  local list = wait("findings", function()
    local items = vim.fn.getqflist()
    return #items > 0 and items
  end)
  local last = list[#list]
  same({ vim.api.nvim_buf_get_name(last.bufnr), last.type }, { path, "E" }, "the last finding")
  has(last.text, "[syntax]")
  vim.cmd.cclose()
  local messages = t.heard(function(messages)
    t.edit({ "return 1" })
    vim.cmd("Llmspell check %")
    wait("the answer", function()
      return messages[1]
    end)
  end)
  same(messages, { "llmspell: nothing found" }, "messages")
  same(vim.fn.getqflist(), {}, "the list")
end

function tests.command_that_is_none()
  setup()
  has(t.heard(function()
    vim.cmd("Llmspell chek")
  end)[1], "there is no :Llmspell chek, did you mean check?")
  has(t.heard(function()
    vim.cmd("Llmspell")
  end)[1], "needs a word")
  has(t.heard(function()
    vim.cmd("Llmspell log nothing")
  end)[1], "there is no log")
end

-- nvim-dap has had its log in the cache, and has it in the folder for logs now.
function tests.log_of_nvim_dap()
  setup()
  local function shown(...)
    local paths = {}
    for i, kind in ipairs({ "log", "cache" }) do
      local folder, age = vim.fn.stdpath(kind), select(i, ...)
      paths[kind] = vim.fs.joinpath(folder, "dap.log")
      vim.fn.delete(paths[kind])
      if age then
        vim.fn.mkdir(folder, "p")
        vim.fn.writefile({ kind }, paths[kind])
        local time = os.time() - age
        assert(vim.uv.fs_utime(paths[kind], time, time))
      end
    end
    local messages = t.heard(function()
      vim.cmd("Llmspell log dap")
    end)
    local line = messages[1] or vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]
    vim.cmd("silent! %bwipeout!")
    vim.fn.delete(paths.log)
    vim.fn.delete(paths.cache)
    return line
  end
  same(shown(0, nil), "log", "the log of a newer one")
  same(shown(nil, 0), "cache", "the log of an older one")
  same(shown(0, 3600), "log", "the log, beside what an older one has left")
  same(shown(3600, 0), "cache", "the log of an older one that is used again")
  has(shown(nil, nil), "nvim-dap has no log yet")
end

function tests.completion()
  setup()
  local function of(line)
    return vim.fn.getcompletion(line, "cmdline")
  end
  same(of("Llmspell "), { "attach", "check", "debug", "kernel", "log", "run", "tool" }, "the words")
  same(of("Llmspell k"), { "kernel" }, "words with k")
  same(of("vertical Llmspell log d"), { "dap" }, "the logs")
  -- The program is asked, and given up after some seconds: ask again, as a person does.
  wait("the tools", function()
    return vim.deep_equal(of("Llmspell tool invoke calc"), { "calculator" })
  end)
  wait("the words of kernel", function()
    local kernel = of("Llmspell kernel sta")
    return vim.tbl_contains(kernel, "start") and vim.tbl_contains(kernel, "status")
  end)
end

-- A kernel in a folder of the test's own, with a session that lives in it.
local function with_kernel(f)
  local function call(...)
    local result = vim.system({ t.binary, ... }, { text = true, timeout = t.deadline }):wait()
    assert(result.code == 0, vim.inspect(result))
    return result.stdout
  end
  call("kernel", "start", "--daemon", "--id", "nv")
  local ok, why = xpcall(f, debug.traceback, call)
  call("kernel", "stop", "nv", "--force")
  assert(ok, why)
end

function tests.kernels()
  local dap = stand_in()
  setup()
  t.edit({ "return 1" })
  local real = vim.ui.select
  local asked
  vim.ui.select = function(items, options, done)
    asked = vim.tbl_map(options.format_item, items)
    done(items[1])
  end
  local messages = t.heard(function()
    vim.cmd("Llmspell attach")
  end)
  has(messages[1], "no kernel runs")
  same(vim.fn.getcompletion("Llmspell attach ", "cmdline"), {}, "what is attached to where no kernel runs")
  local ok, why = pcall(with_kernel, function()
    same(vim.fn.getcompletion("Llmspell attach ", "cmdline"), { "nv" }, "the kernels")
    messages = t.heard(function()
      vim.cmd("Llmspell attach")
    end)
    has(messages[1], "no session lives in a kernel")
    local script = t.work .. "/waits.lua"
    vim.fn.writefile({ "while not stop do local x = 1 end" }, script)
    local job = vim.system({ t.binary, "run", "--connect", "nv", script })
    local choices = wait("the session", function()
      local found = require("llmspell.kernels").choices(assert(require("llmspell.kernels").list()))
      return #found > 0 and found
    end)
    same(choices[1].kernel, "nv", "the kernel")
    -- The program is asked, and given up after some seconds: ask again, as a person does.
    local session = wait("the session after KERNEL/", function()
      local found = vim.fn.getcompletion("Llmspell attach nv/", "cmdline")
      return #found == 1 and found[1]
    end)
    has(choices[1].text, session .. "  ")
    same(vim.fn.getcompletion("Llmspell attach " .. session .. " ", "cmdline"), {}, "what follows the session")
    same(vim.fn.getcompletion("Llmspell attach " .. t.work .. "/wai", "cmdline"), { t.work .. "/waits.lua" }, "paths")
    -- nvim-dap calls the configuration in a coroutine.
    local entry, got = dap.configurations.lua[3], nil
    coroutine.wrap(function()
      got = getmetatable(entry).__call(entry)
    end)()
    same({ got.kernel, got.session, got.request }, { "nv", choices[1].session, "attach" }, "the configuration")
    has(asked[1], "nv/")
    vim.cmd("Llmspell attach")
    same({ dap.ran[1].kernel, dap.ran[1].session }, { "nv", choices[1].session }, "what is attached to")
    vim.cmd("Llmspell attach other/main")
    same({ dap.ran[2].kernel, dap.ran[2].session }, { "other", "main" }, "what is attached to by name")
    vim.cmd("Llmspell log kernel nv")
    has(vim.api.nvim_buf_get_name(0), ".log")
    job:kill("sigint")
    job:wait(t.deadline)
  end)
  vim.ui.select = real
  assert(ok, why)
end

function tests.completed_names_of_sessions()
  local sessions = {
    { id = "s1", name = "main" },
    { id = "s2", name = "twice" },
    { id = "s3", name = "twice" },
    { id = "s4", name = "two words" },
    { id = "s5" },
  }
  local names = require("llmspell.kernels").names({ { id = "a", session_list = sessions }, { id = "b" } })
  same(names, { "a", "a/main", "a/s2", "a/s3", "a/s4", "a/s5", "b" }, "the names")
  same(require("llmspell.dap").parse("a/main"), { kernel = "a", session = "main" }, "the name as it is read")
end

local function health()
  vim.cmd("checkhealth llmspell")
  return wait("the report", function()
    local all = text()
    return all:find("kernel", 1, true) and all
  end)
end

function tests.health()
  setup()
  local report = health()
  has(report, t.binary)
  has(report, "by the option binary")
  has(report, "nvim-dap is not there")
  has(report, "no kernel runs")
  assert(not report:find("ERROR"), report)
end

function tests.health_without_a_program()
  require("llmspell").setup({ binary = t.work .. "/nowhere" })
  vim.cmd("checkhealth llmspell")
  has(text(), "which is no program")
end

-- A project's own program runs only for those who have said so.
function tests.project_bin()
  local folder = t.work .. "/project"
  vim.fn.mkdir(folder .. "/bin", "p")
  vim.fn.mkdir(folder .. "/.git", "p")
  local script = folder .. "/bin/llmspell"
  vim.fn.writefile({ "#!/bin/sh", "exec true" }, script)
  vim.fn.setfperm(script, "rwxr-xr-x")
  local config = require("llmspell.config")
  local path = os.getenv("PATH")
  vim.env.PATH = "/usr/bin:/bin"
  config.set({})
  local found, why = config.find(folder)
  config.set({ project_bin = true })
  local trusted = config.find(folder)
  vim.env.PATH = path
  same(found, nil, "the program")
  has(why, "go install")
  same(trusted, script, "the program of a project that is trusted")
end

t.run(tests, after)
