-- Works through jobs that come as events.
local jobs = {pending = {}, done = 0}

local function validate(job)
  if type(job) ~= "table" then
    return false, "a job is a table"
  end
  if not job.id then
    return false, "a job has an id"
  end
  return true
end

function jobs.submit(job)
  local ok, reason = validate(job)
  if not ok then
    return nil, reason
  end
  table.insert(jobs.pending, job)
  return #jobs.pending
end

function jobs.run(handler)
  while #jobs.pending > 0 do
    local job = table.remove(jobs.pending, 1)
    local ok, err = pcall(handler, job)
    if ok then
      jobs.done = jobs.done + 1
    else
      print("failed", job.id)
    end
  end
end

print(jobs.submit({id = 1, kind = "copy"}))
print(jobs.submit("nonsense"))
jobs.run(function(job)
  local kind = job.kind
  if kind == "copy" then
    print("copied", job.id)
  elseif kind == "move" then
  end
end)

local function cleanup()
  result_count = jobs.done
  return result_count
end
print(cleanup())
local x, x = 1, 2
print(x)
