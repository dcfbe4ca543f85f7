// SPDX-License-Identifier: MIT
//
// A driver for a fuzz target where libFuzzer is not at hand: runs the target once on the
// contents of each file named on the command line, and of each file in a folder named
// there. Ends with 1 when something cannot be read; a target that finds a fault aborts by
// itself.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path, size_t size)
{
	int failed = 1;
	FILE *file = fopen(path, "rb");
	if (!file)
		return 1;
	// Exactly as large as the input, so that a sanitizer sees the first byte behind
	// it.
	uint8_t *data = malloc(size ? size : 1);
	if (data && fread(data, 1, size, file) == size) {
		LLVMFuzzerTestOneInput(data, size);
		failed = 0;
	}
	free(data);
	fclose(file);
	return failed;
}

static int run_path(const char *path);

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	if (!folder)
		return 1;
	int failed = 0;
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		char inner[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		failed |= run_path(inner);
	}
	closedir(folder);
	return failed;
}

static int run_path(const char *path)
{
	struct stat about;
	int failed = 1;
	if (stat(path, &about) == 0)
		failed = S_ISDIR(about.st_mode) ? run_folder(path)
						: run_file(path, (size_t)about.st_size);
	if (failed)
		fprintf(stderr, "%s: cannot be read\n", path);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++)
		failed |= run_path(argv[i]);
	return failed;
}
