package cache

import (
	"context"
	"fmt"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws"
)

// drivers maps the names of LAZARET_STORAGE_DRIVER to distribution's.
var drivers = map[string]string{"filesystem": "filesystem", "inmemory": "inmemory", "s3": "s3aws"}

// openDriver makes a storage driver of distribution by name, with its own parameters
// (https://distribution.github.io/distribution/storage-drivers/).
func openDriver(ctx context.Context, name string, parameters map[string]any) (storagedriver.StorageDriver, error) {
	known, ok := drivers[name]
	if !ok {
		return nil, fmt.Errorf("cache: no storage driver %.40q", name)
	}
	d, err := factory.Create(ctx, known, parameters)
	if err != nil {
		return nil, fmt.Errorf("cache: open storage driver %s: %w", name, err)
	}
	return d, nil
}
