-- Shows what the launch request handed over.
print("arguments", ...)
io.write("LLMSPELL_TEST_COLOUR=", tostring(os.getenv("LLMSPELL_TEST_COLOUR")), "\n")
io.stderr:write("to stderr\n")
os.exit(3)
