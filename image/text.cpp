// Implements draw_text() of draw.h with FreeType: uses the first font found, and the anti-aliasing of its glyphs.
// SPDX-License-Identifier: MIT
#include "image/draw.h"
#include "image/pixel.h"

#include <ft2build.h>

#include FT_FREETYPE_H
#include FT_MODULE_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

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

// FreeType's memory.  Where memory runs out, FreeType 2.12 may crash, or report no error.  So it gets a reserve, and the caller learns of it after
// the call.
class FontMemory {
public:
  bool ran_out() const { return ran_out_; }
  FT_Memory get() { return &functions_; }

private:
  static FontMemory& of(FT_Memory memory) { return *static_cast<FontMemory*>(memory->user); }
  static bool is_reserve(const void* block) { return block >= reserve.data() && block < reserve.data() + reserve.size(); }

  static void* allocate(FT_Memory memory, long size) {
    void* const block = std::malloc(std::size_t(size));
    return block != nullptr ? block : of(memory).take(std::size_t(size));
  }
  static void release(FT_Memory, void* block) {
    if (!is_reserve(block)) std::free(block);
  }
  static void* resize(FT_Memory memory, long old_size, long size, void* old) {
    void* block = is_reserve(old) ? nullptr : std::realloc(old, std::size_t(size));
    if (block != nullptr) return block;
    block = of(memory).take(std::size_t(size));
    if (block == nullptr) return nullptr;
    std::memcpy(block, old, std::size_t(std::min(old_size, size)));
    release(memory, old);
    return block;
  }

  // Returns a part of the reserve, or null where that runs out, too.
  void* take(std::size_t size) {
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    ran_out_ = true;
    const std::size_t at = used_;
    if (size > reserve.size() - at) return nullptr;
    used_ = std::min(reserve.size(), at + (size + kAlignment - 1) / kAlignment * kAlignment);
    return &reserve[at];
  }

  alignas(std::max_align_t) inline static std::array<std::byte, 1 << 20> reserve; // of the only object
  std::size_t used_ = 0;
  bool ran_out_ = false;
  FT_MemoryRec_ functions_{this, allocate, release, resize};
};

struct FontLibrary {
  FontMemory memory;
  FT_Library library = nullptr;

  FontLibrary() = default;
  ~FontLibrary() { FT_Done_Library(library); } // also frees the face; fails for a null library
  FontLibrary(const FontLibrary&) = delete;
  FontLibrary& operator=(const FontLibrary&) = delete;

  // Returns whether FreeType succeeded.  Throws where memory ran out: a label must not vanish for that.
  bool succeeded(FT_Error error) const {
    if (memory.ran_out() || error == FT_Err_Out_Of_Memory) throw std::bad_alloc();
    return error == FT_Err_Ok;
  }
};

// A font file that stays open.  A FreeType face must be used by one thread at a time, and not after a function that threw.
class Font {
public:
  Font() {
    if (!succeeded(FT_New_Library(free_type_.memory.get(), &free_type_.library))) return;
    FT_Add_Default_Modules(free_type_.library);
    FT_Set_Default_Properties(free_type_.library);
    for (const std::string& path : font_paths()) {
      if (succeeded(FT_New_Face(free_type_.library, path.c_str(), 0, &face_))) return;
      face_ = nullptr;
    }
  }

  bool set_height(int pixels) { return face_ != nullptr && succeeded(FT_Set_Pixel_Sizes(face_, 0, FT_UInt(pixels))); }

  // Returns the rendered glyph of a character, or null when the font cannot render it.
  FT_GlyphSlot glyph(std::uint32_t character) { return succeeded(FT_Load_Char(face_, character, FT_LOAD_RENDER)) ? face_->glyph : nullptr; }

private:
  bool succeeded(FT_Error error) const { return free_type_.succeeded(error); }

  FontLibrary free_type_;
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

int draw_text(Font& font, BgrImage& image, Pixel at, const std::string& text, int pixel_height, Color color) {
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

} // namespace

int draw_text(BgrImage& image, Pixel at, const std::string& text, int pixel_height, Color color) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  static std::optional<Font> font;
  try {
    if (!font) font.emplace();
    return draw_text(*font, image, at, text, pixel_height, color);
  } catch (const std::bad_alloc&) {
    font.reset(); // its parts may be missing
    throw;
  }
}

} // namespace pose
