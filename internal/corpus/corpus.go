// Package corpus has real, honest software to measure by: packages of Debian and of npm,
// which it downloads once into a folder.
//
// It trusts the machine's apt and the npm registry to give what they always give; what is
// measured on it is read, never run.
package corpus

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed debian.txt
var debianList string

//go:embed npm.txt
var npmList string

// A Package is one package, in a file.
type Package struct {
	Name string // of npm with @version
	Path string // a .deb, or a .tgz as npm has it
}

// Debian returns packages of the release that this machine runs; those that it does not
// have are left out. dir is made.
func Debian(ctx context.Context, dir string) ([]Package, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var out []Package
	updated := false
	for _, name := range names(debianList) {
		found, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb"))
		if len(found) == 0 {
			if !updated { // a fresh machine knows no packages
				updated = true
				if out, err := exec.CommandContext(ctx, "apt-get", "-qq", "update").CombinedOutput(); err != nil {
					return nil, fmt.Errorf("apt-get update: %w: %s", err, out)
				}
			}
			cmd := exec.CommandContext(ctx, "apt-get", "-qq", "download", name)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil && ctx.Err() != nil {
				return nil, fmt.Errorf("download %s: %w: %s", name, err, out)
			}
			if found, _ = filepath.Glob(filepath.Join(dir, name+"_*.deb")); len(found) == 0 {
				continue
			}
		}
		out = append(out, Package{name, found[0]})
	}
	return out, nil
}

// NPM returns packages of npm. dir is made.
func NPM(ctx context.Context, dir string) ([]Package, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: time.Minute}
	var out []Package
	for _, spec := range names(npmList) {
		at := strings.LastIndexByte(spec, '@')
		name, version := spec[:at], spec[at+1:]
		url := fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", name, name[strings.LastIndexByte(name, '/')+1:], version)
		path := filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz")
		var err error
		for range 3 {
			if err = download(ctx, client, url, path); err == nil {
				break
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Package{spec, path})
	}
	return out, nil
}

// names returns the words of a list, one a line, # for comments.
func names(list string) []string {
	var out []string
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		out = append(out, strings.Fields(line)...)
	}
	return out
}

// download fetches url into path, once.
func download(ctx context.Context, client *http.Client, url, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := io.Copy(f, io.LimitReader(res.Body, 256<<20)); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
