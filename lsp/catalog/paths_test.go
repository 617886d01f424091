package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/catalog"
)

// TestPaths lists the parameters that are paths of files.
func TestPaths(t *testing.T) {
	var got []string
	c := catalog.Builtin()
	for _, name := range c.Tools() {
		for _, f := range catalog.ParamsType(c, name).Fields() {
			if f.Slot == "file" {
				got = append(got, fmt.Sprint(name, ".", f.Name))
			}
		}
	}
	const want = "api-tester.body_file archive-handler.path archive-handler.target_path audio-processor.source_path audio-processor.target_path " +
		"base64-encoder.input_file base64-encoder.output_file csv-analyzer.input_file csv-analyzer.output_file data-converter.path data-converter.target_path " +
		"diff-calculator.old_file diff-calculator.new_file file-converter.path file-converter.target_path file-operations.path file-operations.target_path " +
		"file-search.path hash-calculator.file http-requester.output_file http-requester.body_file image-processor.source_path image-processor.target_path " +
		"markdown-converter.path markdown-converter.target_path openapi-inspector.file pdf-processor.input pdf-processor.target_path " +
		"process-executor.working_directory sqlite-query.database sqlite-query.input_file system-monitor.path video-processor.source_path " +
		"video-processor.target_path xml-query.path"
	if all := strings.Join(got, " "); all != want {
		t.Errorf("the parameters that are paths are\n%s", all)
	}
}
