import type * as vscode from 'vscode';
import { expand, setting } from './settings';

/** The flags of the MCP servers that the settings name, for all commands that call tools. */
export function mcpFlags(scope?: vscode.ConfigurationScope): string[] {
  const config = setting('run.mcpConfig', '', scope);
  return [...(config ? [`--mcp-config=${expand(config, scope)}`] : []), ...(setting('run.mcpProject', false, scope) ? ['--mcp-project'] : [])];
}

/** The same, and the limit of the heap: for commands that run scripts. */
export function scriptFlags(scope?: vscode.ConfigurationScope): string[] {
  const memory = setting('run.maxMemory', '', scope);
  return [...(memory ? [`--max-memory=${memory}`] : []), ...mcpFlags(scope)];
}
