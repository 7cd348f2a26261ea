-- Further roads to a neighbour: a JSON array of arrays of node ids, the nearest first in each.
ALTER TABLE neighbours ADD COLUMN other_roads TEXT NOT NULL DEFAULT '[]';
