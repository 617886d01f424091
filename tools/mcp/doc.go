// Package mcp connects tools to the Model Context Protocol, both ways.
//
// NewServer offers the tools of a registry to any client, over stdio or, with
// NewHandler, over streamable HTTP. Servers connects to the servers of a
// configuration and makes their tools part of a registry, as mcp:server/tool.
//
// The protocol itself is the business of the official Go SDK. This package
// never starts a program or opens a connection that the sandbox does not allow,
// and nothing at all before somebody asks for a tool of a server.
//
// Protocol: https://modelcontextprotocol.io/specification
package mcp
