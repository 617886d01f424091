-- What is likelier comes first.
Event.on("order.paid", function(e)
  if e.event_type == "" then print(e) end
--@ complete(== "|) has "session.created"
end)
local list = {}
l
--@ complete(l|) has "list local load"
r
--@ complete(r|) has "list repeat return rawequal"
Tool.
--@ complete(Tool.|) has "execute invoke get exists"
