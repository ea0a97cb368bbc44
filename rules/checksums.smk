# Snakemake reads each input of a job again for each of its outputs, to note its checksum, while no other job can
# begin. Here a file is read once for as long as it stays as it is. It changes nothing but the time.
from snakemake.io import _IOFile

# Also where another workflow of this process has put its own in the place.
SNAKEMAKES_CHECKSUM = getattr(_IOFile.checksum, "snakemakes_way", _IOFile.checksum)
CHECKSUMS = {}


async def checksum_once(file, threshold=None, force=False, algorithm=None):
    """A file's checksum as Snakemake computes it, or as it has computed it before."""
    own = threshold, force, algorithm
    if file.is_storage or not os.path.isfile(file):
        return await SNAKEMAKES_CHECKSUM(file, *own)
    now = os.stat(file)
    key = *own, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns
    if key not in CHECKSUMS:
        CHECKSUMS[key] = await SNAKEMAKES_CHECKSUM(file, *own)
    return CHECKSUMS[key]


checksum_once.snakemakes_way = SNAKEMAKES_CHECKSUM
if snakemake.__version__.startswith(KNOWN):
    _IOFile.checksum = checksum_once
