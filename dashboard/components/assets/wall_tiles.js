// Units as tiles: links, so that they open in a window of their own as well.

// A picture, or a quiet placeholder of the same size, so that nothing moves when images arrive.
function picture(address, condition, colour, wall) {
  const figure = element("span", "picture");
  if (address) figure.append(thumbnail(address, wall));
  else figure.append(element("span", "placeholder", wall.words[`no_${condition}`]));
  const label = element("span", "picture-label", wall.words[condition] ?? condition);
  label.style.borderColor = colour;
  figure.append(label);
  return figure;
}

function thumbnail(address, wall) {
  const image = new Image();
  image.decoding = "sync"; // small ones: shown with their tile, not a frame later
  image.alt = ""; // the tile's name and the label below say it
  image.addEventListener("error", () => image.replaceWith(element("span", "placeholder", wall.words.not_drawn)), { once: true });
  image.srcset = `${wall.thumbs}/${address} 1x, ${wall.images}/${address} 2x`;
  image.src = `${wall.thumbs}/${address}`;
  return image;
}

function tileLink(tile, view, wall) {
  const link = element("a", "tile");
  link.href = wall.unitAddress(tile.unit);
  link.dataset.unit = tile.unit;
  link.dataset.id = tile.unit;
  link.setAttribute("aria-label", tile.unit);
  const pictures = element("span", "pictures");
  const methods = tile.methods.map(([method, address]) => picture(address, method, view.colours[method], wall));
  pictures.append(...tile.kinds.map((kind) => picture(tile[kind], kind, view.colours[kind], wall)), ...methods);
  const words = element("span", "words");
  words.append(element("span", "title", tile.unit), element("span", "subtitle", tile.subtitle));
  if (tile.score) words.append(element("span", "score", tile.score));
  link.append(pictures, words);
  link.addEventListener("click", (event) => wall.select(event, tile.unit));
  return link;
}

// The tiles, with a heading before each group of them; the nodes of units that were there already are used again, with their pictures.
function drawTiles(root, view, wall) {
  renew(root, [view.tiles, view.tile_px], () => {
    const before = new Map([...root.querySelectorAll(".tile")].map((node) => [node.told, node]));
    const nodes = [];
    let group = "";
    for (const tile of view.tiles) {
      if (tile.group && tile.group !== group) nodes.push(element("h2", "group", tile.group));
      group = tile.group;
      const told = JSON.stringify({ ...tile, group: "" });
      const node = before.get(told) ?? tileLink(tile, view, wall);
      node.href = wall.unitAddress(tile.unit);
      node.told = told;
      nodes.push(node);
    }
    root.style.setProperty("--tile-min", `${view.tile_px}px`);
    return nodes;
  });
}

function drawSkeleton(root, n) {
  root.replaceChildren(
    ...Array.from({ length: n }, () => {
      const tile = element("div", "tile waiting");
      const pictures = element("span", "pictures");
      pictures.append(element("span", "placeholder"));
      tile.append(pictures, element("span", "line"));
      return tile;
    }),
  );
}
