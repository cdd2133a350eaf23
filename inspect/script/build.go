package script

import (
	"path"
	"slices"
	"strings"
)

// What is compiled at the start is run: its source is what is started.

// compilers make programs of the files that their arguments name.
var compilers = set("gcc", "g++", "cc", "c++", "clang", "clang++", "tcc", "musl-gcc", "rustc", "javac", "kotlinc", "ghc", "runghc", "gfortran", "fpc", "dmd", "ldc2", "swiftc", "swift",
	"mcs", "csc", "ocamlopt", "ocamlfind", "nasm", "yasm", "as", "nim", "zig", "crystal", "v", "valac", "gccgo", "scalac", "groovyc", "ts-node", "tsx", "esbuild")

// sources are the endings of what they are made of.
var sources = set(".c", ".cc", ".cpp", ".cxx", ".rs", ".java", ".kt", ".hs", ".f", ".f90", ".pas", ".d", ".swift", ".cs", ".ml", ".s", ".asm", ".nim", ".zig", ".cr", ".v", ".vala", ".go", ".scala", ".groovy", ".ts", ".m")

// built tells the sources that a command makes a program of, and, where a tool of a language
// is told to make one of a folder, the file that it begins with there. Sources: go help packages,
// https://doc.rust-lang.org/cargo/guide/project-layout.html, make(1), https://packaging.python.org/.
func built(args []string) []string {
	i := slices.IndexFunc(args[:min(len(args), maxWords)], func(w string) bool {
		switch base := path.Base(w); base {
		case "go", "cargo", "make", "gmake", "pip", "pip3":
			return true
		default:
			return compilers[base]
		}
	})
	if i < 0 || slices.ContainsFunc(args[:i], func(w string) bool {
		base := path.Base(w)
		return !launchers[base] && !assigns(w) && w[:min(1, len(w))] != "-"
	}) {
		return nil
	}
	rest := args[i+1:]
	switch path.Base(args[i]) {
	case "go":
		return ofFolder(rest, "main.go", "run", "build", "install")
	case "cargo":
		return ofFolder(rest, "src/main.rs", "run", "build", "install", "r", "b")
	case "pip", "pip3":
		return ofFolder(rest, "setup.py", "install", "wheel")
	case "make", "gmake":
		return recipe(rest)
	}
	var out []string
	for _, w := range rest {
		if sources[path.Ext(w)] && !strings.HasPrefix(w, "-") {
			out = append(out, here(w))
		}
	}
	return out
}

// valued are options of these tools whose values are no folders to make something of.
var valued = set("-o", "-ldflags", "-gcflags", "-tags", "-mod", "-p", "-r", "-c", "-t", "--target", "--target-dir", "--prefix", "--features", "--bin", "--root", "-requirement", "--requirement", "--constraint", "--index-url", "-i")

// ofFolder tells what a tool makes that is told one of some verbs: the files that it is given, or
// the first of the folders. It tells no package that is fetched.
func ofFolder(args []string, first string, verbs ...string) []string {
	i := slices.IndexFunc(args, func(w string) bool { return slices.Contains(verbs, w) })
	if i < 0 {
		return nil
	}
	var out []string
	named := false
	for k, w := range args[i+1:] {
		w = strings.TrimSuffix(w, "/...")
		switch {
		case w == "" || w[0] == '-', valued[args[i+k]]:
		case path.Ext(w) == ".go":
			return append(out, here(w))
		case w == ".":
			return append(out, "./"+first)
		case begins(w):
			return append(out, ending(strings.TrimSuffix(w, "/")+"/"+first))
		default:
			named = true
		}
	}
	if first == "setup.py" || named && first != "src/main.rs" {
		return nil
	}
	return append(out, "./"+first)
}

// recipe tells what make reads.
func recipe(args []string) []string {
	dir := "./"
	for i, w := range args {
		if i+1 == len(args) {
			break
		}
		switch w {
		case "-f", "--file", "--makefile":
			return []string{here(args[i+1])}
		case "-C", "--directory":
			dir = strings.TrimSuffix(here(args[i+1]), "/") + "/"
		}
	}
	return []string{dir + "Makefile"}
}

// here is a path as it is told, from the folder that is worked in if it says no other.
func here(w string) string {
	if !begins(w) && !strings.ContainsAny(w, "$`") {
		w = "./" + w
	}
	if !isPath(w) {
		return ""
	}
	return ending(w)
}
