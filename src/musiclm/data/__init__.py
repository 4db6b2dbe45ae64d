"""From a corpus folder to training batches: manifest, fast audio crops, token shards."""
