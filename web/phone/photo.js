// Making a photo small enough for any network before it is sent: at most 1280 px, as large as the booth paints it, and 900 kB, so that it passes a proxy's limit
// of 1 MB. Drawing it anew also leaves its metadata, the place where it was taken among them, on the phone.

import { Problem } from "../shared/api.js";

const MAX_BYTES = 900_000;
const TRIES = [[1280, 0.92], [1280, 0.85], [1280, 0.75], [1280, 0.65], [1024, 0.6], [800, 0.5]]; // [long side in px, JPEG quality]

// Raises Problem photo_undecodable for a large file that this browser cannot open (HEIC, for example); a small one is sent as it
// is, the booth may know better.
export async function shrink(file) {
  const picture = await opened(file);
  if (!picture) return asItIs(file);
  try {
    for (const [longSide, quality] of TRIES) {
      const blob = await encoded(picture, longSide, quality);
      if (blob && blob.size <= MAX_BYTES) return blob;
    }
    return asItIs(file);
  } finally {
    picture.close?.();
  }
}

function asItIs(file) {
  if (file.size <= MAX_BYTES) return file;
  throw new Problem({ reason: "photo_undecodable", retryable: false });
}

// Upright, as its EXIF says. Some browsers open more in an <img> than as a bitmap, and larger ones.
async function opened(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const image = new Image();
    image.src = URL.createObjectURL(file);
    const isOpen = await image.decode().then(() => true, () => false);
    URL.revokeObjectURL(image.src);
    return isOpen ? image : null;
  }
}

function encoded(picture, longSide, quality) {
  const [width, height] = [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];
  const scale = Math.min(1, longSide / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // under transparent pictures
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
