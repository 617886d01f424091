-- Shortest ways in a graph.
local edges = {
  {"a", "b", 4}, {"a", "c", 1}, {"c", "b", 2}, {"b", "d", 5},
}

local graph = {}
for _, edge in ipairs(edges) do
  local from, to, cost = edge[1], edge[2], edge[3]
  graph[from] = graph[from] or {}
  graph[to] = graph[to] or {}
  graph[from][to] = cost
end

local function shortest(start)
  local distance, visited = {}, {}
  for node in pairs(graph) do
    distance[node] = math.huge
  end
  distance[start] = 0
  local previous = {}
  while true do
    local best
    for node, d in pairs(distance) do
      if not visited[node] and (not best or d < distance[best]) then
        best = node
      end
    end
    if not best or distance[best] == math.huge then
      break
    end
    visited[best] = true
    for to, cost in pairs(graph[best]) do
      local candidate = distance[best] + cost
      if candidate < distance[to] then
        distance[to] = candidate
        previous[to] = best
      end
    end
  end
  return distance
end

local d = shortest("a")
for _, node in ipairs({"a", "b", "c", "d"}) do
  print(node, d[node])
end
local unreachable = nil
unreachable = d.x
