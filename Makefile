# Two commands to know: `make quickstart` shows a debug session, `make test`
# passes the whole test suite and installs what it needs.

GO         ?= go
BIN        := bin/llmspell
QUICKSTART := testdata/scripts/quickstart.lua
# Where the quickstart stops: the first item that is cheaper in bulk.
STOP       := 24 if discount > 0

.DEFAULT_GOAL := help
.PHONY: help quickstart build test lint fuzz bench budgets gobench peers performance vsix clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quickstart: build ## debug a script headless: where it stopped, source, stack, locals
	$(BIN) debug $(QUICKSTART) --batch --break '$(notdir $(QUICKSTART)):$(STOP)'

build: ## build bin/llmspell
	$(GO) build -o $(BIN) .

test: ## pass the whole test suite; installs what it needs (Debian, Ubuntu)
	@scripts/test.sh

lint: ## gofmt, go vet, staticcheck, shell syntax, lock file
	@scripts/test.sh lint

fuzz: ## fuzz each target for FUZZTIME seconds (default 60)
	@FUZZTIME=$${FUZZTIME:-60} FUZZTOTAL=$${FUZZTOTAL:-0} scripts/fuzz.sh

bench: build ## measure the binary: BENCH='--group debugger --save before' to choose
	$(BIN) bench $(BENCH)

peers: ## measure side by side with dlv, lldb-dap, debugpy, Lua, LuaJIT, gopls, ipykernel; installs what it can
	@scripts/peers.sh

performance: ## make docs/performance.md: the peers, and all of bench
	@scripts/peers.sh -write docs/performance.md

budgets: ## hold the budgets TIMES times (10) beside a busy process for each core
	@scripts/budgets.sh $${TIMES:-10}

gobench: ## run the Go benchmarks (BENCH='^BenchmarkNext' to choose)
	@scripts/bench.sh

vsix: ## pack the extension for VS Code into bin/, with the binary where a C compiler allows
	@scripts/vsix.sh

clean: ## remove what the targets above made
	rm -rf bin editors/tests/node_modules editors/tests/node/node_modules editors/tests/vscode/node_modules editors/tests/vscode/server/node_modules editors/vscode/node_modules editors/vscode/dist editors/vscode/out
