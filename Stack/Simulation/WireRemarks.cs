using System.Text;
using UserNet.Capture;
using UserNet.Emulation;

namespace UserNet.Simulation;

/// <summary>
/// What recordings say of a frame that a wire dropped or changed: "lost on the way there", "corrupted, repeated on the
/// way back".
/// </summary>
internal sealed class WireRemarks
{
    private readonly string?[] _drops = new string?[2 * 256], _changes = new string?[2 * 256];      // made when first asked for

    /// <summary>What is to be said.</summary>
    /// <param name="direction">Outbound for the way from the wire's first end to its second.</param>
    /// <param name="drop">Why it is not carried.</param>
    /// <param name="changes">What was done to it, when it is.</param>
    public string Of(PacketDirection direction, WireDrop drop, WireChanges changes)
    {
        bool isThere = direction == PacketDirection.Outbound;
        int way = isThere ? 0 : 256;
        ref string? remark = ref drop != WireDrop.None ? ref _drops[way + (int)drop] : ref _changes[way + (int)changes];
        return remark ??= $"{Words(drop != WireDrop.None ? $"{drop}" : $"{changes}")} on the way {(isThere ? "there" : "back")}";
    }

    // As the names of the values are, but in words: "QueueFull" is "queue full".
    private static string Words(string names)
    {
        var words = new StringBuilder();
        for (int i = 0; i < names.Length; i++)
        {
            if (char.IsUpper(names[i]) && i > 0 && char.IsLower(names[i - 1])) words.Append(' ');
            words.Append(char.ToLowerInvariant(names[i]));
        }

        return words.ToString();
    }
}
