local score = 0
local last = tonumber(os.getenv("FRAMES")) or 1e9

local function bonus(frame)
  local points = frame % 7
  return points * 2
end

function update(frame)
  score = score + bonus(frame)
  if frame == last then
    print("score", score, now())
  end
  return frame < last
end
