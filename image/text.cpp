// Implements draw_text() of draw.h with FreeType: uses the first font found, and the anti-aliasing of its glyphs.
// SPDX-License-Identifier: MIT
#include "image/draw.h"
#include "image/pixel.h"

#include <ft2build.h>

#include FT_FREETYPE_H

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>

namespace pose {
namespace {

constexpr int kMaxPixelHeight = 1024;
constexpr std::uint32_t kReplacement = 0xfffd;

// Returns $POSE_FONT alone when it is set, else the paths of DejaVu Sans on Debian and Ubuntu, Fedora and Arch.
std::vector<std::string> font_paths() {
  if (const char* set = std::getenv("POSE_FONT"); set != nullptr && *set != '\0') return {set};
  return {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
          "/usr/share/fonts/dejavu/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans.ttf"};
}

// Returns whether FreeType succeeded.  Throws where memory ran out: a label must not vanish for that.
bool succeeded(FT_Error error) {
  if (error == FT_Err_Out_Of_Memory) throw std::bad_alloc();
  return error == FT_Err_Ok;
}

// A font file that stays open.  A FreeType face must be used by one thread at a time.
class Font {
public:
  Font() {
    if (!succeeded(FT_Init_FreeType(&library_))) return;
    for (const std::string& path : font_paths()) {
      if (succeeded(FT_New_Face(library_, path.c_str(), 0, &face_))) return;
      face_ = nullptr;
    }
  }
  ~Font() { FT_Done_FreeType(library_); } // also frees the face; fails for a null library
  Font(const Font&) = delete;
  Font& operator=(const Font&) = delete;

  bool set_height(int pixels) { return face_ != nullptr && succeeded(FT_Set_Pixel_Sizes(face_, 0, FT_UInt(pixels))); }

  // Returns the rendered glyph of a character, or null when the font cannot render it.
  FT_GlyphSlot glyph(std::uint32_t character) { return succeeded(FT_Load_Char(face_, character, FT_LOAD_RENDER)) ? face_->glyph : nullptr; }

private:
  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
};

// Returns the next character of UTF-8 text.  Each byte of a malformed sequence becomes one replacement character.
std::uint32_t next_character(const std::string& text, std::size_t& at) {
  const auto byte = [&text](std::size_t i) { return i < text.size() ? std::uint32_t(std::uint8_t(text[i])) : 0u; };
  const std::uint32_t lead = byte(at++);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4) return kReplacement;
  std::uint32_t character = lead & (0x3fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const std::uint32_t next = byte(at + i);
    if ((next & 0xc0) != 0x80) return kReplacement;
    character = character << 6 | (next & 0x3f);
  }
  at += more;
  return character;
}

void paint_glyph(BgrImage& image, const FT_Bitmap& bitmap, std::int64_t left, std::int64_t top, Color color) {
  if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY) return;
  const std::int64_t from_y = std::max<std::int64_t>(0, -top), to_y = std::min<std::int64_t>(bitmap.rows, image.h - top);
  const std::int64_t from_x = std::max<std::int64_t>(0, -left), to_x = std::min<std::int64_t>(bitmap.width, image.w - left);
  for (std::int64_t y = from_y; y < to_y; ++y) {
    const std::uint8_t* row = bitmap.buffer + y * bitmap.pitch;
    for (std::int64_t x = from_x; x < to_x; ++x) paint(image, int(top + y), int(left + x), color, float(row[x]) / 255.f);
  }
}

} // namespace

int draw_text(BgrImage& image, Pixel at, const std::string& text, int pixel_height, Color color) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  static Font font;
  if (!font.set_height(std::clamp(pixel_height, 1, kMaxPixelHeight))) return 0;
  std::int64_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const FT_GlyphSlot glyph = font.glyph(next_character(text, i));
    if (glyph == nullptr) continue;
    paint_glyph(image, glyph->bitmap, at.x + width + glyph->bitmap_left, std::int64_t(at.y) - glyph->bitmap_top, color);
    width += glyph->advance.x / 64; // 26.6 fixed point
  }
  return int(std::min<std::int64_t>(width, 1 << 30));
}

} // namespace pose
