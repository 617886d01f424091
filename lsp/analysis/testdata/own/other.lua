-- Another script of the workspace can name it too: both may run in one session.
Tool.execute("greet", {tone = "kind"})
--@ def(greet) = "greet.lua:3:11"
--@ expected("kind") = "\"kind\"|\"gruff\""
