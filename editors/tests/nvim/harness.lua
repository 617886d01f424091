-- What the tests of this folder share. WORK is a folder that may be thrown away,
-- LLMSPELL the program, PLUGIN the plugin's folder.
local M = { binary = os.getenv("LLMSPELL"), work = os.getenv("WORK"), plugin = os.getenv("PLUGIN") }

M.deadline = 60000 -- milliseconds that anything may take; a limit that only tells a hang

--- wait waits until f returns something true, and returns it.
function M.wait(what, f)
  local value
  vim.wait(M.deadline, function()
    value = f()
    return value
  end, 20)
  return value or error("not within " .. M.deadline .. " ms: " .. what, 2)
end

function M.same(got, want, what)
  if not vim.deep_equal(got, want) then
    error(what .. ": " .. vim.inspect(got) .. ", want " .. vim.inspect(want), 2)
  end
end

--- has demands that a text contains another.
function M.has(text, part)
  if not tostring(text):find(part, 1, true) then
    error(("%q is not in %s"):format(part, vim.inspect(text)), 2)
  end
end

--- stop ends a client of the language server; those of 0.11 and later are objects with methods.
function M.stop(client)
  if vim.fn.has("nvim-0.11") == 1 then
    client:stop()
  else
    client.stop()
  end
end

--- lenses are the code lenses of the current buffer.
function M.lenses()
  if vim.fn.has("nvim-0.12") == 0 then
    return vim.lsp.codelens.get(0)
  end
  return vim.tbl_map(function(found)
    return found.lens
  end, vim.lsp.codelens.get({ bufnr = 0 }))
end

local count = 0

--- edit opens a new file of some lines, as a person does.
function M.edit(lines, name)
  count = count + 1
  local path = ("%s/%s"):format(M.work, name or ("t%d.lua"):format(count))
  vim.fn.mkdir(vim.fs.dirname(path), "p")
  vim.fn.writefile(lines, path)
  vim.cmd.edit({ args = { vim.fn.fnameescape(path) }, bang = true })
  return path
end

--- heard collects what is told to the user while f runs.
function M.heard(f)
  local messages, real = {}, vim.notify
  vim.notify = function(text)
    messages[#messages + 1] = text
  end
  local ok, why = xpcall(f, debug.traceback, messages)
  vim.notify = real
  if not ok then
    error(why, 0)
  end
  return messages
end

--- run runs tests by name, prints what came of each, and ends Neovim.
---@param tests table<string, fun()>
---@param after fun() cleans up after each
function M.run(tests, after)
  local failed, names = 0, vim.tbl_keys(tests)
  table.sort(names)
  for _, name in ipairs(names) do
    local ok, err = xpcall(tests[name], debug.traceback)
    local cleaned, why = xpcall(after, debug.traceback)
    if ok and not cleaned then
      ok, err = false, why
    end
    failed = failed + (ok and 0 or 1)
    io.stdout:write((ok and "ok   " or "FAIL ") .. name .. (ok and "" or ": " .. tostring(err)) .. "\n")
  end
  io.stdout:write(#names - failed .. " of " .. #names .. " passed\n")
  vim.cmd(failed == 0 and "qall!" or "cquit 1")
end

return M
