using System.Collections.Frozen;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>What the names in the arguments of calls stand for, by profile.</summary>
/// <remarks>Never changes; any thread.</remarks>
internal sealed class ConstantTable
{
    private static readonly ConstantTable Linux = new(LinuxNames.All), FreeBsd = new(FreeBsdNames.All);
    private static readonly FrozenDictionary<string, long> Errors = LinuxNames.AllErrors.ToFrozenDictionary(pair => pair.Name, pair => pair.Value);
    private static readonly FrozenDictionary<long, string> ErrorNames =
        LinuxNames.AllErrors.DistinctBy(pair => pair.Value).ToFrozenDictionary(pair => pair.Value, pair => pair.Name);

    private readonly FrozenDictionary<string, long> _values;

    private ConstantTable(IEnumerable<(string Name, long Value)> names) =>
        _values = names.ToFrozenDictionary(pair => pair.Name, pair => pair.Value);

    /// <summary>Those of a profile.</summary>
    public static ConstantTable Of(DrillProfile profile) => profile == DrillProfile.FreeBsd ? FreeBsd : Linux;

    /// <summary>All names but errors.</summary>
    public IEnumerable<KeyValuePair<string, long>> All => _values;

    /// <summary>What a name stands for: a constant, or an error's number.</summary>
    public bool TryFind(string name, out long value) => _values.TryGetValue(name, out value) || Errors.TryGetValue(name, out value);

    /// <summary>What a name in a call stands for.</summary>
    /// <exception cref="UnsupportedException">It is not known.</exception>
    public long Find(string name, Position at) =>
        TryFind(name, out long value) ? value : throw new UnsupportedException($"constant {name}", at);

    /// <summary>The number of an error.</summary>
    /// <exception cref="UnsupportedException">It is not known.</exception>
    public static int Error(string name, Position at) =>
        Errors.TryGetValue(name, out long value) ? (int)value : throw new UnsupportedException($"errno {name}", at);

    /// <summary>The name of an error, or its number where it has none.</summary>
    public static string ErrorName(long number) => ErrorNames.TryGetValue(number, out string? name) ? name : $"errno {number}";

    /// <summary>The names whose value is a number, of those that begin with a prefix; for reports.</summary>
    public string NameOf(string prefix, long value, string otherwise) =>
        _values.Where(pair => pair.Value == value && pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pair => pair.Key).Order(StringComparer.Ordinal).FirstOrDefault() ?? otherwise;
}
