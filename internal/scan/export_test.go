package scan

import (
	"context"
	"io/fs"
)

// ScanFS scans a file system as openDirectory's.
func ScanFS(ctx context.Context, cfg Config, fsys fs.FS) (Result, error) {
	c := &content{images: []image{{layers: []*blob{treeBlob(fsys)}}}}
	return judge(ctx, cfg, Target{Kind: KindDirectory, text: "dir:test"}, c, cfg.Now())
}
