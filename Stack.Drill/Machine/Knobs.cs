using System.Collections.Frozen;

namespace UserNet.Drill.Machine;

/// <summary>The sysctls of a machine, by name.</summary>
internal static class Knobs
{
    private static readonly FrozenDictionary<string, Knob> Linux = LinuxKnobs.Make().ToFrozenDictionary();
    private static readonly FrozenDictionary<string, Knob> FreeBsd = FreeBsdKnobs.Make().ToFrozenDictionary();

    /// <summary>Finds one by its name with dots, or by its path below /proc/sys or /sys/module; null when there is none.</summary>
    public static Knob? Find(DrillProfile profile, string name)
    {
        FrozenDictionary<string, Knob> knobs = profile == DrillProfile.FreeBsd ? FreeBsd : Linux;
        return knobs.GetValueOrDefault(NameOf(name));
    }

    /// <summary>The name with dots, and with * in place of an interface's.</summary>
    public static string NameOf(string name)
    {
        const string Proc = "/proc/sys/";
        if (name.StartsWith(Proc, StringComparison.Ordinal)) name = name[Proc.Length..].Replace('/', '.');
        else if (!name.StartsWith('/')) name = name.Replace('/', '.');
        string[] parts = name.Split('.');
        if (parts is ["net", "ipv4" or "ipv6", "conf" or "neigh", _, ..]) parts[3] = "*";
        return string.Join('.', parts);
    }
}
