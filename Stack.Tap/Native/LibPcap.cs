using System.Runtime.InteropServices;

namespace UserNet.Tap.Native;

/// <summary>libpcap, where it is installed.</summary>
internal static unsafe partial class LibPcap
{
    public const int ErrorRoom = 256;    // PCAP_ERRBUF_SIZE
    public const int NoSuchDevice = -5, NoPermission = -8, NotUp = -9, NoPermissionForPromiscuous = -11;    // PCAP_ERROR_...
    public const int Incoming = 1;    // PCAP_D_IN
    public const uint AnyNetmask = 0xFFFF_FFFF;    // PCAP_NETMASK_UNKNOWN

    private const string Library = "usernet-libpcap";    // never a file: the resolver knows the names

    private static readonly string[] Names = ["libpcap.so.1", "libpcap.so.0.8"];    // upstream's, and Debian's
    private static readonly nint Handle = Load();

    /// <summary>Makes sure that the library is there.</summary>
    /// <exception cref="DeviceException">It is not (NoLibrary).</exception>
    public static void Require(string spec)
    {
        if (Handle == 0) throw Missing(spec);
    }

    /// <summary>What is said where the library is missing.</summary>
    internal static DeviceException Missing(string spec) => new(
        DeviceError.NoLibrary, spec,
        $"{spec} can't be opened: libpcap is not installed ({string.Join(" and ", Names)} were looked for). Install it (Debian and Ubuntu: sudo "
        + "apt install libpcap0.8, Fedora: sudo dnf install libpcap), or use packet: instead of pcap:, which needs no library.");

    [LibraryImport(Library, EntryPoint = "pcap_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial PcapHandle Create(string name, byte* error);

    [LibraryImport(Library, EntryPoint = "pcap_close")]
    public static partial void Close(nint pcap);

    [LibraryImport(Library, EntryPoint = "pcap_set_snaplen")]
    public static partial int SetFrameRoom(PcapHandle pcap, int octets);

    [LibraryImport(Library, EntryPoint = "pcap_set_promisc")]
    public static partial int SetPromiscuous(PcapHandle pcap, int on);

    [LibraryImport(Library, EntryPoint = "pcap_set_immediate_mode")]
    public static partial int SetImmediate(PcapHandle pcap, int on);

    [LibraryImport(Library, EntryPoint = "pcap_set_buffer_size")]
    public static partial int SetBuffer(PcapHandle pcap, int octets);

    [LibraryImport(Library, EntryPoint = "pcap_activate")]
    public static partial int Activate(PcapHandle pcap);

    [LibraryImport(Library, EntryPoint = "pcap_setnonblock")]
    public static partial int SetNonBlocking(PcapHandle pcap, int on, byte* error);

    [LibraryImport(Library, EntryPoint = "pcap_setdirection")]
    public static partial int SetDirection(PcapHandle pcap, int direction);

    [LibraryImport(Library, EntryPoint = "pcap_compile", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Compile(PcapHandle pcap, PcapProgram* program, string text, int optimize, uint netmask);

    [LibraryImport(Library, EntryPoint = "pcap_setfilter")]
    public static partial int SetFilter(PcapHandle pcap, PcapProgram* program);

    [LibraryImport(Library, EntryPoint = "pcap_freecode")]
    public static partial void FreeProgram(PcapProgram* program);

    [LibraryImport(Library, EntryPoint = "pcap_get_selectable_fd")]
    public static partial int SelectableDescriptor(PcapHandle pcap);

    [LibraryImport(Library, EntryPoint = "pcap_next_ex", SetLastError = true)]
    public static partial int Next(PcapHandle pcap, PcapFrame** frame, byte** octets);

    [LibraryImport(Library, EntryPoint = "pcap_inject", SetLastError = true)]
    public static partial int Inject(PcapHandle pcap, void* octets, nuint count);

    [LibraryImport(Library, EntryPoint = "pcap_geterr")]
    private static partial byte* ErrorText(PcapHandle pcap);

    /// <summary>What the last failing call left as its reason.</summary>
    public static string ErrorOf(PcapHandle pcap) => Marshal.PtrToStringUTF8((nint)ErrorText(pcap)) ?? "";

    private static nint Load()
    {
        nint handle = 0;
        foreach (string name in Names)
            if (NativeLibrary.TryLoad(name, out handle)) break;
        NativeLibrary.SetDllImportResolver(typeof(LibPcap).Assembly, (name, _, _) => name == Library ? handle : 0);
        return handle;
    }
}

/// <summary>A capture handle of libpcap, closed with its owner.</summary>
internal sealed class PcapHandle : SafeHandle
{
    /// <summary>For the marshaller.</summary>
    public PcapHandle()
        : base(0, ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibPcap.Close(handle);
        return true;
    }
}

/// <summary>struct pcap_pkthdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcapFrame
{
    public nint Seconds, Microseconds;
    public uint Kept, Length;
}

/// <summary>struct bpf_program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcapProgram
{
    public uint Length;
    public nint Steps;
}
