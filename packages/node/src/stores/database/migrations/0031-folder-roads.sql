-- Packets of a neighbour came by this folder: what is put there reaches it.
CREATE TABLE packet_folder_roads (
  folder    TEXT NOT NULL REFERENCES packet_folders (name) ON DELETE CASCADE,
  neighbour INTEGER NOT NULL REFERENCES neighbours (number) ON DELETE CASCADE,
  PRIMARY KEY (folder, neighbour)
) STRICT, WITHOUT ROWID;
CREATE INDEX packet_folder_roads_by_neighbour ON packet_folder_roads (neighbour);
