package main

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/corpus"
	"github.com/lazaret/lazaret/internal/eval/written"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A software says which real software is read.
type software struct {
	cache   string
	offline bool
	trees   []string
	modules bool // those that the build list of this folder names
}

// clean reads all of the corpus.
func (r *result) clean(ctx context.Context, e *evaluator, c software) error {
	if err := r.honest(ctx, e); err != nil {
		return err
	}
	for _, tree := range c.trees {
		if err := r.tree(ctx, e, tree); err != nil {
			return err
		}
	}
	if c.modules {
		if err := r.goModules(ctx, e); err != nil {
			return err
		}
	}
	if c.offline {
		return nil
	}
	if c.cache == "" {
		dir, err := os.MkdirTemp("", "eval")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.cache = dir
	}
	if err := r.debian(ctx, e, filepath.Join(c.cache, "debian")); err != nil {
		return err
	}
	return r.npm(ctx, e, filepath.Join(c.cache, "npm"))
}

// debian reads packages as apt downloads them. Those that this release does not have are left out.
func (r *result) debian(ctx context.Context, e *evaluator, dir string) error {
	packages, err := corpus.Debian(ctx, dir)
	if err != nil {
		return err
	}
	before := r.files
	for _, p := range packages {
		cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", p.Path)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		v, report, err := e.layer(ctx, filepath.Base(p.Path), pipe)
		if err := errors.Join(err, cmd.Wait()); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		r.cleanVerdict("Debian "+p.Name, report.Stats.Files, v)
	}
	r.sources = append(r.sources, fmt.Sprintf("Debian: %d packages, %d files", len(packages), r.files-before))
	const least = 80
	if len(packages) < least {
		return fmt.Errorf("only %d Debian packages could be had, of at least %d", len(packages), least)
	}
	return nil
}

// npm reads packages as the registry has them, as if installed below an application.
func (r *result) npm(ctx context.Context, e *evaluator, dir string) error {
	packages, err := corpus.NPM(ctx, dir)
	if err != nil {
		return err
	}
	before := r.files
	for _, p := range packages {
		f, err := os.Open(p.Path)
		if err != nil {
			return err
		}
		v, report, err := e.layer(ctx, p.Name, f)
		f.Close()
		if err != nil {
			return err
		}
		r.cleanVerdict("npm "+p.Name, report.Stats.Files, v)
	}
	r.sources = append(r.sources, fmt.Sprintf("npm: %d packages, %d files", len(packages), r.files-before))
	return nil
}

// goModules reads what is in the module cache of this module's build list. What else lies there, of other
// builds, would make the figures those of the machine.
func (r *result) goModules(ctx context.Context, e *evaluator) error {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{if not .Main}}{{.Dir}}{{end}}", "all")
	cmd.Stderr = os.Stderr
	listed, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list the modules: %w", err)
	}
	before, folders := r.files, strings.Fields(string(listed)) // of what was not downloaded there is none
	for _, folder := range folders {
		if err := r.folder(ctx, e, folder); err != nil {
			return err
		}
	}
	r.sources = append(r.sources, fmt.Sprintf("Go: %d modules, %d files", len(folders), r.files-before))
	const least = 100
	if len(folders) < least {
		return fmt.Errorf("only %d Go modules are in the cache, of at least %d", len(folders), least)
	}
	return nil
}

// tree reads a folder of this machine.
func (r *result) tree(ctx context.Context, e *evaluator, root string) error {
	before := r.files
	if err := r.folder(ctx, e, root); err != nil {
		return err
	}
	r.sources = append(r.sources, fmt.Sprintf("%s: %d files", homeless(root), r.files-before))
	return nil
}

// folder reads a folder as one layer.
func (r *result) folder(ctx context.Context, e *evaluator, root string) error {
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(pack(pw, root)) }()
	defer pr.Close()
	v, report, err := e.layer(ctx, root, pr)
	if err != nil {
		return err
	}
	r.cleanVerdict(homeless(root), report.Stats.Files, v)
	return nil
}

// homeless is a path without the home that it is in: whose it is does not matter.
func homeless(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		path = strings.TrimPrefix(path, home)
	}
	return strings.TrimPrefix(path, "/")
}

// pack writes a folder as tar, under its own path. Files that change meanwhile are cut
// or filled to the size that their header says.
func pack(w io.Writer, root string) error {
	tw := tar.NewWriter(w)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0 && !d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		link := ""
		if d.Type()&fs.ModeSymlink != 0 {
			if link, err = os.Readlink(path); err != nil {
				return nil
			}
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return nil
		}
		h.Name = cmp.Or(homeless(path), ".")
		h.Format = tar.FormatPAX
		if !d.Type().IsRegular() {
			return tw.WriteHeader(h)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		_, err = io.CopyN(tw, io.MultiReader(f, zeros{}), h.Size)
		return err
	})
	return cmp.Or(err, tw.Close())
}

// honest reads images with settings that look like trouble and are none.
func (r *result) honest(ctx context.Context, e *evaluator) error {
	before := r.files
	images, err := written.Honest()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(honestImages())) {
		images = append(images, written.Image{Title: name, Repository: "acme/our-" + name, Spec: honestImages()[name]})
	}
	for _, i := range images {
		name := i.Title
		img, err := testimage.Build(i.Spec)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v, reports, err := e.image(ctx, i.Repository, img)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files := 0
		for _, report := range reports {
			if report.Kind == inspect.KindLayer {
				files += report.Stats.Files
			}
		}
		r.cleanVerdict("image "+name, files, v)
	}
	r.sources = append(r.sources, fmt.Sprintf("honest images: %d, %d files", len(images), r.files-before))
	return nil
}
